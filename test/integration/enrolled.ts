// A lab host as the platform knows it after its enrolment.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  enrol,
  newPrivateKey,
  RemotePool,
  type CommandRecord,
  type HostTarget,
  type RemoteHost,
} from '@nubo/remote';
import { type Lab } from '../../lab';

export interface EnrolledHost {
  target: HostTarget;
  pool: RemotePool;
  remote: RemoteHost;
  records: CommandRecord[];
}

/** Starts a host and enrols it with its password and a key made for it. */
export async function enrolledHost(lab: Lab, name: string): Promise<EnrolledHost> {
  await lab.startHosts([name]);
  const { address, user, password } = lab.host(name);
  const privateKey = newPrivateKey();
  const { hostKey } = await enrol({ address, user, password, privateKey });
  const records: CommandRecord[] = [];
  const pool = new RemotePool({ privateKey, onCommand: (record) => records.push(record) });
  const target = { id: name, address, user, hostKey };
  return { target, pool, remote: pool.host(target), records };
}

/** A path in this process's own file system that leads to a socket of a host, past SSH. */
export function socketOfHost(lab: Lab, name: string, path: string): string {
  const holder = readFileSync(join(lab.state.directory, 'hosts', name, 'holder.pid'), 'utf8').trim();
  return `/proc/${holder}/root${path}`;
}
