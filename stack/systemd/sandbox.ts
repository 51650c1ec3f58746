/** What the kernel allows each part: settings of [Service], systemd 252. */
import { join } from 'node:path';

/** Parts that read and write what belongs to another one's folder. */
const SHARED_FOLDERS: Readonly<Record<string, string>> = { sftp: 'hosting', web: 'hosting' };
/** Their files are read by others. */
const SHARING = ['hosting', 'sftp', 'web'];
/** Neither has a compiler in it. V8 makes machine code at run time, and so do LuaJIT in nginx and in PowerDNS. */
const WITHOUT_JIT = ['postgres', 'nats'];

export interface Sandboxed {
  readonly part: string;
  /** It keeps nothing. */
  readonly once?: boolean;
  readonly dataDir: string;
  readonly configDir: string;
  /** Command, arguments and working directory: what must stay in sight. */
  readonly paths: readonly string[];
}

/** A folder that is not there yet (-) is made before the process starts: without the sign not even that would be started. */
export function sandbox({ part, once, dataDir, configDir, paths }: Sandboxed): string[] {
  const folders = [part, SHARED_FOLDERS[part]].filter((name) => name !== undefined);
  return [
    `UMask=${SHARING.includes(part) ? '0022' : '0077'}`,
    'CapabilityBoundingSet=',
    ...(once ? [] : [`ReadWritePaths=${folders.map((name) => `-${join(dataDir, name)}`).join(' ')}`]),
    `InaccessiblePaths=-${configDir} -${join(dataDir, 'keys')}`,
    ...walls(paths),
    'SystemCallFilter=~@privileged',
    ...(WITHOUT_JIT.includes(part)
      ? ['MemoryDenyWriteExecute=yes']
      : ['# MemoryDenyWriteExecute cannot be: a compiler in the program (V8, LuaJIT) writes machine code.']),
  ];
}

/** Limits: a part that runs wild is ended before the machine is. */
export function resources(part: string): string[] {
  if (part === 'postgres') return ['LimitNOFILE=65536', 'TasksMax=1024', 'OOMScoreAdjust=-500'];
  if (part === 'nats') return ['LimitNOFILE=65536', 'TasksMax=256', 'OOMScoreAdjust=-250'];
  return ['LimitNOFILE=65536', 'TasksMax=512', 'MemoryMax=2G'];
}

/** It reads the authority's key, and gives what it writes to those who show it: the rights of root that this takes. */
export function renewalSandbox(dataDir: string, paths: readonly string[]): string[] {
  return [
    'UMask=0077',
    'CapabilityBoundingSet=CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER',
    `ReadWritePaths=${dataDir}`,
    ...walls(paths),
    'PrivateNetwork=yes',
    'MemoryMax=1G',
  ];
}

function walls(paths: readonly string[]): string[] {
  const inHome = paths.some((path) => /^\/(home|root|run\/user)\//.test(path));
  return [
    'NoNewPrivileges=yes',
    'ProtectSystem=strict',
    `ProtectHome=${inHome ? 'read-only' : 'yes'}`,
    'PrivateTmp=yes',
    'PrivateDevices=yes',
    'ProtectKernelTunables=yes',
    'ProtectKernelModules=yes',
    'ProtectKernelLogs=yes',
    'ProtectControlGroups=yes',
    'ProtectClock=yes',
    'ProtectHostname=yes',
    'ProtectProc=invisible',
    'ProcSubset=pid',
    'RestrictNamespaces=yes',
    'RestrictRealtime=yes',
    'RestrictSUIDSGID=yes',
    'LockPersonality=yes',
    'RemoveIPC=yes',
    'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
    'SystemCallArchitectures=native',
    'SystemCallFilter=@system-service',
    'SystemCallErrorNumber=EPERM',
  ];
}
