import {
  HOST_ROLES,
  invalidFields,
  NAME_PATTERN,
  type EnrolHost,
  type FieldError,
  type HostExternal,
  type HostRole,
} from '@nubo/contracts';
import { IPv4 } from 'ipaddr.js';

const isIPv4 = (text: string): boolean => IPv4.isValidFourPartDecimal(text);

/** Debian packages that a host of the role needs. */
const PACKAGES: Record<HostRole, readonly string[]> = {
  compute: [
    'containers-storage',
    'crun',
    'genisoimage',
    'iproute2',
    'libvirt-daemon-driver-qemu',
    'libvirt-daemon-system',
    'nftables',
    'podman',
    'qemu-system-x86',
    'qemu-utils',
  ],
  network: ['conntrack', 'dnsmasq-base', 'iproute2', 'nftables'],
};

/** Every package that one of the roles needs, once. */
export function packagesFor(roles: readonly HostRole[]): string[] {
  return [...new Set(HOST_ROLES.filter((role) => roles.includes(role)).flatMap((role) => PACKAGES[role]))];
}

/** Which of `wanted` are not installed, from lines `<package> <status>` (dpkg-query's db:Status-Status). */
export function missingPackages(wanted: readonly string[], statuses: string): string[] {
  const installed = new Set(
    statuses
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return wanted.filter((name) => !installed.has(name));
}

/** What a host said about itself. */
export interface Survey {
  bootId: string;
  memoryMib: number;
  cpus: number;
  /** Free, plus what the platform itself has put there. */
  diskGib: number;
  /** Where the platform's SSH session arrived. */
  address: string;
}

/** A survey from lines `key=value`. Answers undefined when a figure is missing. */
export function parseSurvey(text: string): Survey | undefined {
  const said = new Map(text.split('\n').map((line) => line.split('=', 2) as [string, string]));
  const figure = (key: string): number => Number.parseInt(said.get(key) ?? '', 10);
  const bytes = figure('disk_free') + figure('disk_ours');
  const survey = {
    bootId: said.get('boot') ?? '',
    memoryMib: Math.floor(figure('memory_kib') / 1024),
    cpus: figure('cpus'),
    diskGib: Math.floor(bytes / 1024 ** 3),
    address: underlayOf(said.get('ssh') ?? ''),
  };
  const whole = [survey.memoryMib, survey.cpus, survey.diskGib].every((n) => Number.isInteger(n) && n >= 0);
  return whole && survey.bootId ? survey : undefined;
}

/** `client port server port` of SSH_CONNECTION (sshd, ssh(1)) → server. */
const underlayOf = (connection: string): string =>
  (connection.split(' ')[2] ?? '').replace(/^::ffff:(?=\d+\.)/, '');

const VCPUS_PER_CPU = 4;
const MEMORY_RESERVE_MIB = 1024;
const DISK_RESERVE_GIB = 5;
const RESERVE_PART = 0.1;

const without = (all: number, least: number): number =>
  Math.max(0, Math.floor(all - Math.max(least, all * RESERVE_PART)));

export interface HostCapacity {
  vcpus: number;
  memoryMib: number;
  diskGib: number;
}

/** What guests may have of a host: CPUs are shared, memory and disk are not, and the host keeps a reserve. */
export function capacityOf({ cpus, memoryMib, diskGib }: Survey): HostCapacity {
  return {
    vcpus: cpus * VCPUS_PER_CPU,
    memoryMib: without(memoryMib, MEMORY_RESERVE_MIB),
    diskGib: without(diskGib, DISK_RESERVE_GIB),
  };
}

/** A name made from an address: `192.0.2.11` → `host-192-0-2-11`, `h1.lab.example` → `h1`. */
export function nameFromAddress(address: string): string {
  const label = address.toLowerCase().split('.')[0] ?? '';
  if (!address.includes(':') && !isIPv4(address) && NAME_PATTERN.test(label)) return label;
  const digits = address
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  return `host-${digits}`.slice(0, 63).replace(/-$/, '');
}

const number = (ip: string): number => ip.split('.').reduce((all, part) => all * 256 + Number(part), 0);

/** What is wrong with where routers shall meet the outside. */
export function externalErrors(external: HostExternal): FieldError[] {
  const error = (field: string, message: string) => [{ field: `external.${field}`, message }];
  const [first = '', last = ''] = external.range.split('-');
  if (!isIPv4(first) || !isIPv4(last)) return error('range', 'must be two IPv4 addresses: first-last');
  const size = 2 ** (32 - external.prefix);
  const network = Math.floor(number(external.gateway) / size) * size;
  const [from, to] = [number(first), number(last)];
  if (from > to) return error('range', 'must not end before it begins');
  if (from <= network || to >= network + size - 1)
    return error('range', `must lie among the hosts of the gateway's /${external.prefix}`);
  const gateway = number(external.gateway);
  return gateway >= from && gateway <= to ? error('range', 'must not hold the gateway') : [];
}

/** Refuses an enrolment whose fields do not fit each other; names them. */
export function assertEnrolment(input: EnrolHost): void {
  const roles = input.roles ?? ['compute'];
  const routes = roles.includes('network');
  const errors: FieldError[] = [];
  if (roles.length === 0) errors.push({ field: 'roles', message: 'must hold a role' });
  if (routes && !input.external)
    errors.push({ field: 'external', message: 'is needed for the role network' });
  if (!routes && input.external) errors.push({ field: 'external', message: 'is only for the role network' });
  if (input.external) errors.push(...externalErrors(input.external));
  if (errors.length > 0) throw invalidFields(errors);
}

const SUSPECT_AFTER_MS = 10_000;
const DOWN_AFTER_MS = 30_000;
/** However long ago the host was seen: one lost answer, e.g. right after this service has started, proves little. */
const SUSPECT_AFTER_TRIES = 2;
const DOWN_AFTER_TRIES = 4;

/** What a host is that has not answered for `silentMs` and in `tries` tries. */
export function stateInSilence(silentMs: number, tries: number): 'ready' | 'suspect' | 'down' {
  if (silentMs > DOWN_AFTER_MS && tries >= DOWN_AFTER_TRIES) return 'down';
  return silentMs > SUSPECT_AFTER_MS && tries >= SUSPECT_AFTER_TRIES ? 'suspect' : 'ready';
}
