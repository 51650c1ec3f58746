/** What kind of failure it is fixes the HTTP status, the log level and whether a caller may try again. */
export const ERROR_KINDS = {
  invalid: { status: 400, title: 'The request is not valid' },
  unauthenticated: { status: 401, title: 'Log in first' },
  forbidden: { status: 403, title: 'Not allowed' },
  not_found: { status: 404, title: 'Not found' },
  conflict: { status: 409, title: 'Conflict' },
  exhausted: { status: 409, title: 'Nothing left to give' },
  precondition: { status: 412, title: 'The resource has changed' },
  too_large: { status: 413, title: 'Too large' },
  unprocessable: { status: 422, title: 'Cannot be carried out' },
  limited: { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Internal error' },
  unavailable: { status: 503, title: 'Not available right now' },
} as const;

export type ErrorKind = keyof typeof ERROR_KINDS;
export type ErrorDetails = Record<string, unknown>;

/** An error as it crosses the bus: plain data. */
export interface WireError {
  kind: ErrorKind;
  code: string;
  message: string;
  details?: ErrorDetails;
}

/**
 * The only error that services throw on purpose. `code` is stable (programs branch on it), `message` is for the person
 * who asked, `details` holds the numbers or the fields, `cause` stays in this process and its log.
 */
export class NuboError extends Error {
  constructor(
    readonly kind: ErrorKind,
    readonly code: string,
    message: string,
    options: { details?: ErrorDetails; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'NuboError';
    this.details = options.details;
  }

  readonly details?: ErrorDetails;

  toWire(): WireError {
    const wire: WireError = { kind: this.kind, code: this.code, message: this.message };
    return this.details ? { ...wire, details: this.details } : wire;
  }

  static fromWire(wire: WireError): NuboError {
    return new NuboError(wire.kind, wire.code, wire.message, { details: wire.details });
  }
}

/** True for a value of the shape that {@link NuboError.toWire} makes. */
export function isWireError(value: unknown): value is WireError {
  if (typeof value !== 'object' || value === null) return false;
  const candidate = value as Partial<WireError>;
  return (
    typeof candidate.code === 'string' && typeof candidate.kind === 'string' && candidate.kind in ERROR_KINDS
  );
}

type Make = (code: string, message: string, details?: ErrorDetails) => NuboError;
const maker =
  (kind: ErrorKind): Make =>
  (code, message, details) =>
    new NuboError(kind, code, message, { details });

export const invalid = maker('invalid');
export const unauthenticated = maker('unauthenticated');
export const forbidden = maker('forbidden');
export const conflict = maker('conflict');
export const exhausted = maker('exhausted');
export const precondition = maker('precondition');
export const tooLarge = maker('too_large');
export const unprocessable = maker('unprocessable');
export const limited = maker('limited');
export const unavailable = maker('unavailable');

/** 404 for what does not exist and for what belongs to somebody else: the two must look the same. */
export function notFound(noun: string, id: string): NuboError {
  return new NuboError(
    'not_found',
    `${noun.replaceAll(' ', '_').toLowerCase()}_not_found`,
    `There is no ${noun} ${id}.`,
  );
}

/** One bad field of the input: `field` in dotted form (`nics.0.ip`). */
export interface FieldError {
  field: string;
  message: string;
}

/** 400 that names every bad field. */
export function invalidFields(fields: FieldError[]): NuboError {
  const message = fields.map((f) => `${f.field}: ${f.message}`).join('; ');
  return new NuboError('invalid', 'invalid_input', message, { details: { fields } });
}
