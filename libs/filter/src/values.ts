import type { FilterKind } from '@nubo/contracts';
import type { Operator, Wanted } from './term';

/** Says what is wrong with a value, as the rest of a sentence. */
type Complaint = string;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const DATE = /^\d{4}-\d\d-\d\d$/;
/** RFC 3339; the zone is needed, so that everybody means the same moment. */
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/;
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** What `parts` (texts between wildcards) mean for a field of `kind`, or what is wrong with them. */
export function wantedOf(kind: FilterKind, parts: string[], operator: Operator): Wanted | Complaint {
  const isEquality = operator === '=' || operator === '!=';
  if (parts.length > 1 && !isEquality) return 'wildcards go with = and != only';
  if (parts.length === 2 && parts.every((part) => part === '')) return { type: 'present' };
  switch (kind) {
    case 'text':
    case 'texts':
    case 'labels':
      return { type: 'text', parts };
    case 'uuid':
      return uuid(parts.map((part) => part.toLowerCase()));
    case 'ip':
      return ip(parts);
    case 'int':
      return int(parts.join('*'));
    case 'time':
      return moment(parts.join('*').toUpperCase());
    case 'flag':
      return flag(parts.join('*'));
  }
}

function uuid(parts: string[]): Wanted | Complaint {
  const fits =
    parts.length > 1 ? parts.every((part) => /^[0-9a-f-]*$/.test(part)) : UUID.test(parts[0] ?? '');
  return fits ? { type: 'text', parts } : 'must be a UUID, or its beginning and *';
}

function ip(parts: string[]): Wanted | Complaint {
  const whole = parts.join('*');
  const bytes = whole.split('.');
  const isAddress = bytes.length === 4 && bytes.every((byte) => /^\d{1,3}$/.test(byte) && Number(byte) < 256);
  if (parts.length > 1 ? /^[\d.*]+$/.test(whole) : isAddress) return { type: 'text', parts };
  return 'must be an IPv4 address, or its beginning and *';
}

const int = (text: string): Wanted | Complaint =>
  /^-?\d{1,15}$/.test(text) ? { type: 'number', value: Number(text) } : 'must be a whole number';

function moment(text: string): Wanted | Complaint {
  const ms = DATE.test(text) || MOMENT.test(text) ? Date.parse(text) : NaN;
  if (!isOnCalendar(text) || !(ms >= 0 && ms <= LAST_MS))
    return 'must be a time like 2026-05-04 or 2026-05-04T10:00:00Z';
  return { type: 'moment', ms };
}

/** V8 takes 30 February for 2 March. */
function isOnCalendar(text: string): boolean {
  const date = text.slice(0, 10);
  const ms = Date.parse(date);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date);
}

const flag = (text: string): Wanted | Complaint =>
  text === 'true' || text === 'false' ? { type: 'flag', value: text === 'true' } : 'must be true or false';
