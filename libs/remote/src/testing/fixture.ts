// What the integration specs of this library share: servers, pools and a folder, all gone after each test.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newPrivateKey, publicKeyOf } from '../keys';
import { type RemoteHost } from '../remote-host';
import { RemotePool } from '../remote-pool';
import { type CommandRecord, type HostTarget, type RemoteLimits } from '../settings';
import { TestLine } from './test-line';
import { TestSshd } from './test-sshd';

export class Fixture {
  readonly privateKey = newPrivateKey();
  readonly records: CommandRecord[] = [];
  readonly folder = mkdtempSync(join(tmpdir(), 'nubo-remote-'));
  readonly fenceFolder = join(this.folder, 'var', 'fence');
  private readonly cleanups: (() => unknown)[] = [];

  /** A server that the key may log in to. */
  async sshd(): Promise<TestSshd> {
    const server = await TestSshd.start();
    this.later(() => server.stop());
    server.authorized.add(publicKeyOf(this.privateKey));
    return server;
  }

  async line(port: number): Promise<TestLine> {
    const line = await TestLine.to(port);
    this.later(() => line.stop());
    return line;
  }

  pool(limits: Partial<RemoteLimits> = {}): RemotePool {
    const { privateKey, records, fenceFolder } = this;
    const all = { fenceFolder, backoffMinMs: 200, ...limits };
    const pool = new RemotePool({ privateKey, onCommand: (record) => records.push(record), limits: all });
    this.later(() => pool.close());
    return pool;
  }

  host(target: HostTarget, limits?: Partial<RemoteLimits>): RemoteHost {
    return this.pool(limits).host(target);
  }

  /** To be done when the test is over, the last one first. */
  later(cleanup: () => unknown): void {
    this.cleanups.push(cleanup);
  }

  async end(): Promise<void> {
    for (const cleanup of this.cleanups.reverse()) await cleanup();
    rmSync(this.folder, { recursive: true });
  }
}
