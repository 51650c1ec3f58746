/** pebble (Debian, 2.4): an authority that issues certificates as public ones do, and looks for answers at a port of ours. */
import { readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ensureAuthority, ensureCertificate } from '../../stack/certificates';
import { notHealthy } from '../../stack/health';
import { freePort } from '../../stack/ports';
import { startServer, type Server } from '../../stack/server';

export interface PebbleOptions {
  folder: string;
  /** Whom it asks for addresses. */
  resolver: string;
  /** Where it looks for answers. */
  httpPort: number;
}

export class Pebble {
  private constructor(
    readonly server: Server,
    readonly directoryUrl: string,
    /** PEM of the authority of its own certificate. */
    readonly ca: string,
    private readonly managementUrl: string,
  ) {}

  static async start({ folder, resolver, httpPort }: PebbleOptions): Promise<Pebble> {
    const authority = await ensureAuthority(join(folder, 'pebble-keys'));
    const file = join(folder, 'pebble.pem');
    await ensureCertificate(authority, { file, names: ['127.0.0.1'] });
    const [listen, management] = [await freePort(), await freePort()].map((port) => `127.0.0.1:${port}`);
    const config = join(folder, 'pebble.json');
    const addresses = { listenAddress: listen, managementListenAddress: management };
    const pebble = { ...addresses, certificate: file, privateKey: file, httpPort, tlsPort: await freePort() };
    writeFileSync(config, JSON.stringify({ pebble }));
    const directoryUrl = `https://${listen}/dir`;
    const server = await startServer(
      {
        name: 'pebble',
        command: '/usr/bin/pebble',
        args: ['-config', config, '-dnsserver', resolver],
        env: { PEBBLE_VA_NOSLEEP: '1' },
        log: join(folder, 'pebble.log'),
        notReady: () => notHealthy(directoryUrl, authority.certificateFile),
      },
      directoryUrl,
    );
    const ca = readFileSync(authority.certificateFile, 'utf8');
    return new Pebble(server, directoryUrl, ca, `https://${management}`);
  }

  /** PEM of the root of all that it issues. */
  root(): Promise<string> {
    return new Promise((resolve, reject) => {
      get(`${this.managementUrl}/roots/0`, { ca: this.ca }, (answer) => resolve(text(answer))).once(
        'error',
        reject,
      );
    });
  }
}
