import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { ConfigError } from '@nubo/config';
import { NuboError } from '@nubo/contracts';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FORMAT = 'v1';

/**
 * Keys that seal texts. A sealed text is `v1.<id of its key>.<nonce, ciphertext and tag in base64url>`; it can be opened for what
 * it was sealed for, and for nothing else.
 */
export class Keyring {
  private readonly keys: ReadonlyMap<string, Buffer>;

  private constructor(
    keys: Buffer[],
    private readonly current: string,
  ) {
    this.keys = new Map(keys.map((key) => [idOf(key), key]));
  }

  /**
   * A key on each line, 32 bytes in base64: the first seals, all of them open. Throws {@link ConfigError} on anything else.
   *
   * @param name the setting, for the message
   */
  static parse(text: string, name: string): Keyring {
    const keys = text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => Buffer.from(line.trim(), 'base64'));
    const [first] = keys;
    if (!first || keys.some(({ length }) => length !== KEY_BYTES))
      throw new ConfigError(`${name} must hold keys of ${KEY_BYTES} bytes in base64, one on each line`);
    return new Keyring(keys, idOf(first));
  }

  /** What sealed texts begin with that need not be sealed anew. */
  get prefix(): string {
    return `${FORMAT}.${this.current}.`;
  }

  /** @param about what it belongs to; needed to open it */
  seal(text: string, about: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.keyOf(this.current), nonce).setAAD(Buffer.from(about));
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return this.prefix + Buffer.concat([nonce, body, cipher.getAuthTag()]).toString('base64url');
  }

  /** Throws `internal` when its key is not there, when it was changed, or when it was sealed for something else. */
  open(sealed: string, about: string): string {
    const [format, id = '', body = ''] = sealed.split('.');
    if (format !== FORMAT) throw unreadable('It is not sealed.');
    const key = this.keyOf(id);
    const bytes = Buffer.from(body, 'base64url');
    try {
      const end = bytes.length - TAG_BYTES;
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      })
        .setAAD(Buffer.from(about))
        .setAuthTag(bytes.subarray(end));
      return decipher.update(bytes.subarray(NONCE_BYTES, end), undefined, 'utf8') + decipher.final('utf8');
    } catch (cause) {
      throw unreadable(`The key ${id} does not open it.`, cause);
    }
  }

  private keyOf(id: string): Buffer {
    const key = this.keys.get(id);
    if (key) return key;
    throw unreadable(`It was sealed with the key ${id}, which is not among the platform’s.`);
  }
}

/** Says nothing of the key. */
const idOf = (key: Buffer): string => createHash('sha256').update(key).digest('hex').slice(0, 8);

const unreadable = (why: string, cause?: unknown): NuboError =>
  new NuboError('internal', 'sealed_text_unreadable', `A secret could not be read. ${why}`, { cause });
