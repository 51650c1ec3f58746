// What labs there are and which of their hosts are on.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isPopulated } from './cgroups';
import { type HostRecord } from './host-files';
import { isAlive, listLabs, type LabState, type Mode } from './state';

export interface HostStatus {
  readonly name: string;
  readonly address: string;
  readonly location: string;
  readonly on: boolean;
}

export interface LabStatus {
  readonly name: string;
  readonly mode: Mode;
  readonly createdAt: string;
  readonly alive: boolean;
  readonly directory: string;
  readonly hosts: readonly HostStatus[];
}

/** The status of every lab of this machine. */
export function readStatus(): LabStatus[] {
  return listLabs().map((state) => ({
    name: state.name,
    mode: state.mode,
    createdAt: state.createdAt,
    alive: isAlive(state),
    directory: state.directory,
    hosts: hostsOf(state),
  }));
}

function hostsOf(state: LabState): HostStatus[] {
  const folder = join(state.directory, 'hosts');
  const names = readdirSync(folder).filter((name) => !name.startsWith('.'));
  return names.map((name) => {
    const record = JSON.parse(readFileSync(join(folder, name, 'host.json'), 'utf8')) as HostRecord;
    const { address, location } = record;
    return { name, address, location, on: isPopulated(`${state.group}/${name}`) };
  });
}

/** The status as lines for a person. */
export function formatStatus(labs: readonly LabStatus[]): string {
  if (labs.length === 0) return 'no labs\n';
  return labs.map((lab) => [headline(lab), ...lab.hosts.map(hostLine), ''].join('\n')).join('');
}

function headline(lab: LabStatus): string {
  return `${lab.name}  ${lab.alive ? lab.mode : 'dead'}  since ${lab.createdAt}  ${lab.directory}`;
}

function hostLine(host: HostStatus): string {
  return `  ${host.name.padEnd(4)} ${host.address.padEnd(12)} ${host.location}  ${host.on ? 'on' : 'off'}`;
}
