import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import type { Server } from 'node:tls';
import { ConfigError, text } from '@nubo/config';
import { log } from '@nubo/observability';

/** How often the file is looked at. */
const LOOK_MS = 2_000;

export interface TlsKeys {
  cert: string;
  key: string;
}

/** A file with a certificate, those above it, and its key, in PEM; it may be replaced at any time. */
export class TlsFile {
  private constructor(private readonly path: string) {}

  /** What NUBO_TLS_PATH names; undefined when nothing does. Throws {@link ConfigError} when it holds something else. */
  static fromSettings(): TlsFile | undefined {
    const path = text('NUBO_TLS_PATH', '');
    if (path === '') return undefined;
    const file = new TlsFile(path);
    try {
      file.read();
    } catch (error) {
      throw new ConfigError(`NUBO_TLS_PATH must be a certificate with its key: ${(error as Error).message}`);
    }
    return file;
  }

  /** Throws when the file holds no certificate, no key, or a certificate of another key. */
  read(): TlsKeys {
    const pem = readFileSync(this.path, 'utf8');
    if (!new X509Certificate(pem).checkPrivateKey(createPrivateKey(pem)))
      throw new TypeError(`the key in ${this.path} is not that of its certificate`);
    return { cert: pem, key: pem };
  }

  /** New connections of `server` get what is in the file then; what cannot be used changes nothing. */
  follow(server: Server, everyMs = LOOK_MS): void {
    const renew = (): void => {
      try {
        server.setSecureContext(this.read());
        log.info('the certificate was renewed');
      } catch (error) {
        log.warn({ err: error }, 'the new certificate cannot be used; the one before is shown');
      }
    };
    watchFile(this.path, { interval: everyMs, persistent: false }, renew);
    server.once('close', () => unwatchFile(this.path, renew));
  }
}
