import { STATUS, type StatusCode } from '../protocol/codes';

/** What a client asked for and does not get, with a sentence for the person. */
export class Refusal extends Error {
  /** @param aloud whether it is also said beside the protocol, since most clients show the number of an answer only */
  constructor(
    readonly status: StatusCode,
    message: string,
    readonly aloud = false,
  ) {
    super(message);
  }
}

export const failure = (message: string): Refusal => new Refusal(STATUS.failure, message);
/** A failure that a person must hear of: a limit, a name that cannot be. */
export const limit = (message: string): Refusal => new Refusal(STATUS.failure, message, true);
export const denied = (message: string): Refusal => new Refusal(STATUS.permissionDenied, message);
export const missing = (message: string): Refusal => new Refusal(STATUS.noSuchFile, message);
export const unsupported = (message: string): Refusal => new Refusal(STATUS.unsupported, message);

const NOT_FOLLOWED = 'there is a link or something else that is no folder in this path';

/** What the kernel answers, as the protocol and a person say it. `ELOOP` and `ENOTDIR` come from O_NOFOLLOW. */
const OF_THE_KERNEL: Readonly<Record<string, Refusal>> = {
  ENOENT: missing('no such file or folder'),
  ENOTDIR: denied(NOT_FOLLOWED),
  ELOOP: denied(NOT_FOLLOWED),
  EACCES: denied('not allowed'),
  EPERM: denied('not allowed'),
  ENXIO: denied('not an ordinary file'),
  EEXIST: failure('there is something of this name already'),
  ENOTEMPTY: failure('the folder is not empty'),
  EISDIR: failure('this is a folder'),
  EINVAL: failure('not possible: a folder cannot go into itself'),
  ENOSPC: limit('the disk of the platform is full: nothing more can be written for now'),
  EDQUOT: limit('the disk of the platform is full: nothing more can be written for now'),
  ENAMETOOLONG: limit('the name is too long: 255 bytes at most'),
  EMFILE: failure('too many files are open: try again'),
  ENFILE: failure('too many files are open: try again'),
};

/** The refusal that an error of the file system is; undefined for anything else. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  return OF_THE_KERNEL[(error as NodeJS.ErrnoException).code ?? ''];
}
