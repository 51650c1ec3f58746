export { PodmanClient } from './client';
export { PodmanClosed, PodmanError, PodmanTimeout, type PodmanErrorKind } from './errors';
export { type EventStream } from './event-stream';
export { type ExecOptions } from './exec';
export { type OpenStream } from './http';
export { removeStrayLayers } from './layers';
export { removePodman } from './removal';
export { PODMAN_SOCKET, PODMAN_STORAGE, podmanOn } from './service';
export * from './types';
