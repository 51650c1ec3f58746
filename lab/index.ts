export { Lab, type LabHost, type Outside } from './lab';
export { LabError } from './errors';
export { type CommandOptions, type CommandResult } from './command';
export { type HostOptions, type Role } from './members';
export { containerArchive } from './container';
export { guestImage } from './image';
export { kubernetesPrograms, startCluster, type LabCluster } from './kubernetes/cluster';
export { debianImage } from './debian-image';
