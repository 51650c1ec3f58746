export * from './client';
export { LibvirtClosed, LibvirtError, LibvirtTimeout } from './errors';
export { XdrError } from './xdr';
export { UndefineFlag, type DomainState, type LifecycleEventName } from './protocol';
export {
  type Domain,
  type DomainInfo,
  type DomainStats,
  type LifecycleEvent,
  type StatValue,
} from './domain-codec';
