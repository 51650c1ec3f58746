export { enrol, type Enrolled, type EnrolOptions } from './enrol';
export { newPrivateKey, publicKeyOf } from './keys';
export { RemoteError, type RemoteErrorKind } from './remote-error';
export { RemoteHost, type CommandRunner, type ExecOptions } from './remote-host';
export { type CommandResult } from './command-run';
export { RemotePool, type RemotePoolOptions } from './remote-pool';
export { scanHostKey } from './scan-host-key';
export { DEFAULT_LIMITS, type CommandRecord, type HostTarget, type RemoteLimits } from './settings';
export { quote, raw, sh, ShellCommand, type ShellValue } from './shell';
