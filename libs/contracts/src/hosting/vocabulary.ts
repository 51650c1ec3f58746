export const PROJECT_STATES = ['creating', 'updating', 'ready', 'error', 'deleting'] as const;
export type ProjectState = (typeof PROJECT_STATES)[number];
/** What kind of site a project is. */
export const TEMPLATES = ['static'] as const;
export type Template = (typeof TEMPLATES)[number];
/** `quiet`: when nothing was written for a while. `file`: when a file `.deploy` comes. `manual`: when it is asked for. */
export const AUTO_PUBLISH = ['quiet', 'file', 'manual'] as const;
export type AutoPublish = (typeof AUTO_PUBLISH)[number];
