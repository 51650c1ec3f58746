/** virErrorNumber (include/libvirt/virterror.h), the ones a management program meets. */
const ERROR_NAMES: Readonly<Record<number, string>> = {
  1: 'VIR_ERR_INTERNAL_ERROR',
  2: 'VIR_ERR_NO_MEMORY',
  3: 'VIR_ERR_NO_SUPPORT',
  5: 'VIR_ERR_NO_CONNECT',
  6: 'VIR_ERR_INVALID_CONN',
  7: 'VIR_ERR_INVALID_DOMAIN',
  8: 'VIR_ERR_INVALID_ARG',
  9: 'VIR_ERR_OPERATION_FAILED',
  24: 'VIR_ERR_NO_XENSTORE',
  27: 'VIR_ERR_XML_ERROR',
  28: 'VIR_ERR_DOM_EXIST',
  29: 'VIR_ERR_OPERATION_DENIED',
  35: 'VIR_ERR_XML_DETAIL',
  38: 'VIR_ERR_SYSTEM_ERROR',
  39: 'VIR_ERR_RPC',
  42: 'VIR_ERR_NO_DOMAIN',
  45: 'VIR_ERR_AUTH_FAILED',
  55: 'VIR_ERR_OPERATION_INVALID',
  67: 'VIR_ERR_CONFIG_UNSUPPORTED',
  68: 'VIR_ERR_OPERATION_TIMEOUT',
  74: 'VIR_ERR_ARGUMENT_UNSUPPORTED',
  78: 'VIR_ERR_OPERATION_ABORTED',
  79: 'VIR_ERR_AUTH_CANCELLED',
  82: 'VIR_ERR_OVERFLOW',
  84: 'VIR_ERR_OPERATION_UNSUPPORTED',
  87: 'VIR_ERR_RESOURCE_BUSY',
  88: 'VIR_ERR_ACCESS_DENIED',
  91: 'VIR_ERR_CPU_INCOMPATIBLE',
  92: 'VIR_ERR_XML_INVALID_SCHEMA',
  94: 'VIR_ERR_AUTH_UNAVAILABLE',
  110: 'VIR_ERR_MULTIPLE_DOMAINS',
};

/**
 * libvirt refused a call.
 * `code` is virErrorNumber, `domain` virErrorDomain (the part of libvirt that failed), `name` the code in words
 * (`VIR_ERR_NO_DOMAIN`; a code not listed here is `VIR_ERR_<code>`), `message` what libvirt said.
 */
export class LibvirtError extends Error {
  override readonly name: string;

  constructor(
    message: string,
    readonly code: number,
    readonly domain: number,
  ) {
    super(message);
    this.name = ERROR_NAMES[code] ?? `VIR_ERR_${code}`;
  }

  /** Is this libvirt saying that there is no such domain? */
  get isNotFound(): boolean {
    return this.name === 'VIR_ERR_NO_DOMAIN';
  }
}

/** The connection ended before the answer came: whether the call had its effect is not known. */
export class LibvirtClosed extends Error {
  override readonly name = 'LibvirtClosed';
}

/** No answer in time: whether the call had or will have its effect is not known. */
export class LibvirtTimeout extends Error {
  override readonly name = 'LibvirtTimeout';

  constructor(
    what: string,
    readonly timeoutMs: number,
  ) {
    super(`libvirt did not answer ${what} within ${timeoutMs} ms`);
  }
}
