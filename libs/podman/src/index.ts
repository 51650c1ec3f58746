export { PodmanClosed, PodmanError, PodmanTimeout, type PodmanErrorKind } from './errors';
export * from './types';
