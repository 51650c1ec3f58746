// The XDR structures of remote_protocol.x that carry domains.
import {
  DOMAIN_STATES,
  LIFECYCLE,
  MAX_DOMAINS,
  MAX_STATS,
  ParameterType,
  type DomainState,
  type LifecycleEventName,
} from './protocol';
import { XdrError, type XdrReader, type XdrWriter } from './xdr';

/** A domain as libvirt names it. */
export interface Domain {
  name: string;
  /** Lower-case, with dashes. */
  uuid: string;
  /** libvirt's number of the running domain; -1 when it does not run. Changes with every start. */
  id: number;
}

export interface DomainInfo {
  state: DomainState;
  maxMemoryKiB: number;
  memoryKiB: number;
  vcpus: number;
  /** CPU time the domain has used since it started, nanoseconds. */
  cpuTimeNs: bigint;
}

/** A typed parameter's value: bigint for the 64-bit kinds, number for int, uint and double. */
export type StatValue = number | bigint | boolean | string;

export interface DomainStats {
  domain: Domain;
  /** libvirt's own keys: `state.state`, `cpu.time` (ns), `balloon.current` (KiB), `block.0.rd.bytes`, … */
  stats: Record<string, StatValue>;
}

export interface LifecycleEvent {
  domain: Domain;
  event: LifecycleEventName;
  /** What brought it about, in words (`booted`, `destroyed`, `crashed`, …); `unknown-<n>` for one not listed. */
  detail: string;
}

const UUID = /^([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})$/i;

/** 16 bytes → `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`. */
export function uuidFromBytes(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The 16 bytes of a UUID in its usual form. Throws XdrError when it is none. */
export function uuidToBytes(uuid: string): Buffer {
  if (!UUID.test(uuid)) throw new XdrError(`"${uuid}" is not a UUID`);
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

/** remote_nonnull_domain. */
export function writeDomain(writer: XdrWriter, domain: Domain): XdrWriter {
  return writer.string(domain.name).opaque(uuidToBytes(domain.uuid)).int(domain.id);
}

/** remote_nonnull_domain. */
export function readDomain(reader: XdrReader): Domain {
  return { name: reader.string(), uuid: uuidFromBytes(reader.opaque(16)), id: reader.int() };
}

/** remote_connect_list_all_domains_ret. */
export function readDomains(reader: XdrReader): Domain[] {
  return reader.array(MAX_DOMAINS, readDomain);
}

/** virDomainState → its name; `nostate` for a number that a newer libvirt may have added. */
export function stateName(state: number): DomainState {
  return DOMAIN_STATES[state] ?? 'nostate';
}

/** remote_domain_get_info_ret. */
export function readInfo(reader: XdrReader): DomainInfo {
  return {
    state: stateName(reader.uint()),
    maxMemoryKiB: Number(reader.uhyper()),
    memoryKiB: Number(reader.uhyper()),
    vcpus: reader.uint(),
    cpuTimeNs: reader.uhyper(),
  };
}

function readValue(reader: XdrReader): StatValue {
  const type = reader.int();
  switch (type) {
    case ParameterType.Int:
      return reader.int();
    case ParameterType.Uint:
      return reader.uint();
    case ParameterType.Hyper:
      return reader.hyper();
    case ParameterType.Uhyper:
      return reader.uhyper();
    case ParameterType.Double:
      return reader.double();
    case ParameterType.Boolean:
      return reader.int() !== 0;
    case ParameterType.String:
      return reader.string();
    default:
      throw new XdrError(`typed parameter of unknown type ${type}`);
  }
}

/** remote_typed_param<>: as a record without a prototype, so that no key of libvirt's means anything to JavaScript. */
export function readTypedParameters(reader: XdrReader): Record<string, StatValue> {
  const entries = reader.array(MAX_STATS, (item) => [item.string(), readValue(item)] as const);
  const record = Object.create(null) as Record<string, StatValue>;
  for (const [key, value] of entries) record[key] = value;
  return record;
}

/** remote_connect_get_all_domain_stats_ret. */
export function readAllStats(reader: XdrReader): DomainStats[] {
  return reader.array(MAX_DOMAINS, (record) => ({
    domain: readDomain(record),
    stats: readTypedParameters(record),
  }));
}

/** remote_domain_event_callback_lifecycle_msg; undefined for an event that a newer libvirt may have added. */
export function readLifecycle(reader: XdrReader): LifecycleEvent | undefined {
  reader.int(); // callbackID
  const domain = readDomain(reader);
  const kind = LIFECYCLE[reader.int()];
  const detail = reader.int();
  if (!kind) return undefined;
  const details: readonly string[] = kind.details;
  return { domain, event: kind.event, detail: details[detail] ?? `unknown-${detail}` };
}
