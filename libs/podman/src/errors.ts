/**
 * - `not_found`: no such container or image
 * - `conflict`: the name is taken, or the container is in a state in which this cannot be done
 * - `in_use`: a container is made from the image
 * - `invalid`: podman does not take what was asked
 * - `other`: everything else, a start that the runtime refused among it
 */
export type PodmanErrorKind = 'not_found' | 'conflict' | 'in_use' | 'invalid' | 'other';

/** Podman refused a call. `message` is what it said, `status` the HTTP status with which it did. */
export class PodmanError extends Error {
  override readonly name = 'PodmanError';

  constructor(
    readonly kind: PodmanErrorKind,
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The connection ended before the answer did: whether the call had its effect is not known. */
export class PodmanClosed extends Error {
  override readonly name = 'PodmanClosed';
}

/** No whole answer in time: whether the call had or will have its effect is not known. */
export class PodmanTimeout extends Error {
  override readonly name = 'PodmanTimeout';

  constructor(
    what: string,
    readonly timeoutMs: number,
  ) {
    super(`podman did not answer ${what} within ${timeoutMs} ms`);
  }
}
