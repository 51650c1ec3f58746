/** A service that answers over TLS, and whose certificate is replaced under it. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, Server } from 'node:tls';
import { promisify } from 'node:util';
import { overrideSettings } from '@nubo/config';
import { eventually } from '@nubo/testing';
import type { FastifyInstance } from 'fastify';
import { httpAdapter } from './http-adapter';
import { TlsFile } from './tls';

jest.setTimeout(60_000);

const run = promisify(execFile);

const START_OF_KEY = '-----BEGIN PRIVATE KEY-----';
const certificateOf = (pem: string): string => pem.slice(0, pem.indexOf(START_OF_KEY));
const keyOf = (pem: string): string => pem.slice(pem.indexOf(START_OF_KEY));

describe('a service over TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nubo-tls-'));
  const file = join(folder, 'tls.pem');
  let fastify: FastifyInstance;
  let restore: () => void;

  beforeAll(async () => {
    put(pemOf('one'));
    restore = overrideSettings({ NUBO_TLS_PATH: file });
    const tls = TlsFile.fromSettings();
    fastify = httpAdapter(undefined, tls?.read()).getInstance<FastifyInstance>();
    fastify.get('/', () => 'hello');
    const server: object = fastify.server;
    if (server instanceof Server) tls?.follow(server, 50);
    await fastify.listen({ port: 0, host: '127.0.0.1' });
  });
  afterAll(async () => {
    await fastify?.close();
    restore?.();
    rmSync(folder, { recursive: true, force: true });
  });

  const port = (): number => (fastify.server.address() as AddressInfo).port;

  /** As openssl makes them. */
  function pemOf(name: string): string {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const how = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    execFileSync('openssl', [...how, '-subj', `/CN=${name}`, '-keyout', key, '-out', cert], {
      stdio: 'pipe',
    });
    return readFileSync(cert, 'utf8') + readFileSync(key, 'utf8');
  }

  function put(pem: string): void {
    writeFileSync(`${file}.new`, pem, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  /** The name in the certificate that a new connection is shown. */
  const shown = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect({ port: port(), host: '127.0.0.1', rejectUnauthorized: false }, () => {
        resolve(String(socket.getPeerCertificate().subject.CN));
        socket.end();
      });
      socket.once('error', reject);
    });

  it('answers, and not without it', async () => {
    expect(await shown()).toBe('one');
    await expect(fetch(`http://127.0.0.1:${port()}/`)).rejects.toThrow();
    const { stdout } = await run('curl', ['-sk', `https://127.0.0.1:${port()}/`]);
    expect(stdout).toBe('hello');
  });

  it('shows the new certificate without a restart, and goes on with the old one when the new one is none', async () => {
    put(pemOf('two'));
    await eventually(async () => (await shown()) === 'two');
    const other = certificateOf(pemOf('three')) + keyOf(pemOf('four'));
    for (const bad of ['', 'nothing', other]) {
      put(bad);
      await new Promise((passed) => setTimeout(passed, 200));
      expect(await shown()).toBe('two');
    }
    put(pemOf('five'));
    await eventually(async () => (await shown()) === 'five');
  });

  it('does not start with something else than a certificate and its key', () => {
    const bad = join(folder, 'bad.pem');
    writeFileSync(bad, certificateOf(pemOf('six')));
    for (const path of [bad, join(folder, 'none.pem')]) {
      const back = overrideSettings({ NUBO_TLS_PATH: path });
      expect(() => TlsFile.fromSettings()).toThrow('NUBO_TLS_PATH must be a certificate with its key');
      back();
    }
  });
});
