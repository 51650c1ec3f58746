export const PROJECT_STATES = ['creating', 'updating', 'ready', 'error', 'deleting'] as const;
export type ProjectState = (typeof PROJECT_STATES)[number];
/** What kind of site a project is. */
export const TEMPLATES = ['static', 'php', 'node', 'python'] as const;
export type Template = (typeof TEMPLATES)[number];
/** Templates whose projects run a program, and the versions of its language; the first is what a new project gets. */
export const RUN_TEMPLATES = { php: ['8.2'], node: ['18'], python: ['3.11'] } as const;
export type RunTemplate = keyof typeof RUN_TEMPLATES;
/** Whether projects of a template run a program; the others are files. */
export const isRunTemplate = (template: string): template is RunTemplate => template in RUN_TEMPLATES;
/** What runs the programs of projects: Nubo's own containers, or a Kubernetes cluster. */
export const RUNNER_KINDS = ['nubo', 'kubernetes'] as const;
export type RunnerKind = (typeof RUNNER_KINDS)[number];
/** `quiet`: when nothing was written for a while. `file`: when a file `.deploy` comes. `manual`: when it is asked for. */
export const AUTO_PUBLISH = ['quiet', 'file', 'manual'] as const;
export type AutoPublish = (typeof AUTO_PUBLISH)[number];
/**
 * `pending`: its proof is looked for. `active`: proven. `lost`: the proof is gone, and it is still served for a while. `error`:
 * it is looked for no more.
 */
export const DOMAIN_STATES = ['pending', 'active', 'lost', 'error', 'deleting'] as const;
export type DomainState = (typeof DOMAIN_STATES)[number];
