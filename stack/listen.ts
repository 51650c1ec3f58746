import { isIPv4 } from 'node:net';

/**
 * Where a server listens that people reach from other machines when the operator lets them: nowhere but here unless `setting` says
 * so. Throws for what is no IPv4 address.
 */
export function listenAt(environment: NodeJS.ProcessEnv, setting: string): string {
  const address = environment[setting] || '127.0.0.1';
  if (isIPv4(address)) return address;
  throw new Error(`${setting} must be an IPv4 address like 0.0.0.0, not ${address}`);
}

/** Where this machine itself reaches a server that listens at `address`. */
const reachedAt = (address: string): string => (address === '0.0.0.0' ? '127.0.0.1' : address);

/** Where this machine itself reaches the gateway. */
export const gatewayHost = (environment: NodeJS.ProcessEnv): string =>
  reachedAt(listenAt(environment, 'NUBO_LISTEN'));
