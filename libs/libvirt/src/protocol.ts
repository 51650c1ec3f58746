// Numbers of libvirt's wire protocol. They are ABI: libvirt never changes one. Sources, in libvirt 9.0:
// src/rpc/virnetprotocol.x (header, limits), src/rpc/virkeepaliveprotocol.x, src/remote/remote_protocol.x
// (procedures and their limits), include/libvirt/libvirt-domain.h (states and events).

/** virnetprotocol.x VIR_NET_MESSAGE_MAX: the longest message, its length word included, bytes. */
export const MAX_MESSAGE = 32 * 1024 * 1024;
/** The length word and six header words, bytes. */
export const HEADER_LENGTH = 28;

export const REMOTE_PROGRAM = 0x20008086;
export const REMOTE_VERSION = 1;
export const KEEPALIVE_PROGRAM = 0x6b656570;
export const KEEPALIVE_VERSION = 1;
export const KEEPALIVE_PING = 1;
export const KEEPALIVE_PONG = 2;

/** virNetMessageType. */
export const MessageType = { Call: 0, Reply: 1, Message: 2, Stream: 3 } as const;
/** virNetMessageStatus. */
export const MessageStatus = { Ok: 0, Error: 1, Continue: 2 } as const;

/** remote_procedure, the ones in use. */
export const Procedure = {
  ConnectOpen: 1,
  ConnectClose: 2,
  ConnectGetCapabilities: 7,
  DomainCreateXml: 10,
  DomainDefineXml: 11,
  DomainGetXmlDesc: 14,
  DomainGetInfo: 16,
  DomainLookupByName: 23,
  DomainLookupByUuid: 24,
  DomainResume: 28,
  DomainShutdown: 33,
  DomainSuspend: 34,
  ConnectGetHostname: 59,
  AuthList: 66,
  AuthPolkit: 70,
  ConnectGetLibVersion: 157,
  DomainCreateWithFlags: 196,
  DomainGetState: 212,
  DomainUndefineFlags: 231,
  DomainDestroyFlags: 234,
  ConnectListAllDomains: 273,
  ConnectDomainEventCallbackRegisterAny: 316,
  ConnectDomainEventCallbackDeregisterAny: 317,
  DomainEventCallbackLifecycle: 318,
  DomainFsFreeze: 335,
  DomainFsThaw: 336,
  ConnectGetAllDomainStats: 344,
} as const;
export type Procedure = (typeof Procedure)[keyof typeof Procedure];

/** remote_auth_type. */
export const AuthType = { None: 0, Sasl: 1, Polkit: 2 } as const;

/** remote_protocol.x REMOTE_DOMAIN_LIST_MAX, REMOTE_CONNECT_GET_ALL_DOMAIN_STATS_MAX, REMOTE_AUTH_TYPE_LIST_MAX. */
export const MAX_DOMAINS = 16_384;
export const MAX_STATS = 4_096;
export const MAX_AUTH_TYPES = 20;

/** virTypedParameterType. */
export const ParameterType = {
  Int: 1,
  Uint: 2,
  Hyper: 3,
  Uhyper: 4,
  Double: 5,
  Boolean: 6,
  String: 7,
} as const;

/** VIR_DOMAIN_EVENT_ID_LIFECYCLE. */
export const EVENT_ID_LIFECYCLE = 0;

/** virDomainUndefineFlagsValues; combine with `|`. */
export const UndefineFlag = {
  ManagedSave: 1,
  SnapshotsMetadata: 2,
  Nvram: 4,
  CheckpointsMetadata: 16,
} as const;

/** virDomainState, by number. */
export const DOMAIN_STATES = [
  'nostate',
  'running',
  'blocked',
  'paused',
  'shutdown',
  'shutoff',
  'crashed',
  'pmsuspended',
] as const;
export type DomainState = (typeof DOMAIN_STATES)[number];

/** virDomainEventType, by number; with each the details it can have (virDomainEvent*DetailType), by number. */
export const LIFECYCLE = [
  { event: 'defined', details: ['added', 'updated', 'renamed', 'from-snapshot'] },
  { event: 'undefined', details: ['removed', 'renamed'] },
  { event: 'started', details: ['booted', 'migrated', 'restored', 'from-snapshot', 'wakeup'] },
  {
    event: 'suspended',
    details: [
      'paused',
      'migrated',
      'ioerror',
      'watchdog',
      'restored',
      'from-snapshot',
      'api-error',
      'postcopy',
      'postcopy-failed',
    ],
  },
  { event: 'resumed', details: ['unpaused', 'migrated', 'from-snapshot', 'postcopy', 'postcopy-failed'] },
  {
    event: 'stopped',
    details: ['shutdown', 'destroyed', 'crashed', 'migrated', 'saved', 'failed', 'from-snapshot'],
  },
  { event: 'shutdown', details: ['finished', 'guest', 'host'] },
  { event: 'pmsuspended', details: ['memory', 'disk'] },
  { event: 'crashed', details: ['panicked', 'crashloaded'] },
] as const;
export type LifecycleEventName = (typeof LIFECYCLE)[number]['event'];
