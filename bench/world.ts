/** A platform of its own with 25,000 VMs in its tables, and a bare one beside it. */
import { mkdtempSync, chmodSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { queryOnce } from './database';
import { launch, type Child } from '../stack/child';
import { projectRoot } from '../stack/files';
import { startPlatform, type Platform } from '../stack/platform';
import { freePort } from '../stack/ports';
import { until } from '../demo/wait';
import { person, sessionToken, type Person } from './people';

export const VMS = 25_000;
const SMALL = 10;

export class BenchWorld {
  /** Owns all VMs but those of `small`. */
  readonly owner = person('owner');
  /** Owns ten VMs among all the others. */
  readonly small = person('owner');
  /** Has a grant on ten VMs. */
  readonly member = person('member');
  private readonly children: Child[] = [];

  private constructor(
    private readonly folder: string,
    readonly platform: Platform,
    readonly barePort: number,
  ) {}

  static async open(say: (line: string) => void): Promise<BenchWorld> {
    const folder = mkdtempSync(join(tmpdir(), 'nubo-bench-'));
    chmodSync(folder, 0o755);
    const platform = await startPlatform({
      dataDir: join(folder, 'platform'),
      httpPort: await freePort(),
      mail: { smtpUrl: 'smtp://127.0.0.1:9' },
      fsync: true,
      onProgress: say,
    });
    const world = new BenchWorld(folder, platform, await freePort());
    try {
      say(`writing ${VMS} VMs`);
      await world.seed();
      await world.startBare();
      return world;
    } catch (error) {
      await world.close();
      throw error;
    }
  }

  /** Pids by what they are. */
  get pids(): Record<'gateway' | 'compute' | 'nats' | 'postgres' | 'bareGateway' | 'bareEcho', number> {
    const { services, postgres, nats } = this.platform;
    const [bareEcho, bareGateway] = this.children.map(({ pid }) => pid);
    const pid = (process?: { pid: number | undefined }): number => process?.pid ?? 0;
    return {
      gateway: pid(services.gateway),
      compute: pid(services.compute),
      nats: pid(nats),
      postgres: pid(postgres),
      bareGateway,
      bareEcho,
    };
  }

  token(who: Person): string {
    return sessionToken(this.platform.keys.jwtKeyFile, who);
  }

  /** Answers the rows of a query. */
  query<R>(sql: string, values: unknown[] = []): Promise<R[]> {
    return queryOnce<R>(this.platform.databaseUrl, sql, values);
  }

  async close(): Promise<void> {
    await Promise.all(this.children.map((child) => child.stop()));
    await this.platform.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async seed(): Promise<void> {
    const ownerOf = `n > ${SMALL}`;
    await this.query(
      `INSERT INTO compute.vms (id, name, tenant_id, user_id, metadata, state, image_id, host_id, location, vcpus, memory_mib, disk_gib, wanted_state)
       SELECT gen_random_uuid(), 'vm-' || n, CASE WHEN ${ownerOf} THEN $1::uuid ELSE $3::uuid END, CASE WHEN ${ownerOf} THEN $2 ELSE $4 END,
         jsonb_build_object('team', (ARRAY['blue', 'red', 'green'])[n % 3 + 1], 'rack', 'r' || n % 40),
         CASE WHEN n % 4 = 0 THEN 'stopped' ELSE 'running' END, gen_random_uuid(), gen_random_uuid(), 'loc1', n % 8 + 1, 512, 4, 'running'
       FROM generate_series(1, ${VMS}) AS n`,
      [this.owner.tenantId, this.owner.userId, this.small.tenantId, this.small.userId],
    );
    await this.query(
      `INSERT INTO compute.instance_nics (instance_id, position, port_id, subnet_id, ip, mac)
       SELECT id, 0, gen_random_uuid(), gen_random_uuid(), '10.0.0.1', '52:54:00:00:00:01' FROM compute.vms`,
    );
    await this.query(
      `INSERT INTO compute.grants (resource_id, user_id, tenant_id, level) SELECT id, user_id, tenant_id, 'manage' FROM compute.vms`,
    );
    await this.query(
      `INSERT INTO compute.grants (resource_id, user_id, tenant_id, level) SELECT id, $1, $2, 'use' FROM compute.vms WHERE tenant_id <> $3 ORDER BY id LIMIT ${SMALL}`,
      [this.member.userId, this.member.tenantId, this.small.tenantId],
    );
    await this.query('ANALYZE');
  }

  private async startBare(): Promise<void> {
    const { natsAdminUrl, databaseUrl } = this.platform;
    await this.program('echo', [natsAdminUrl, databaseUrl]);
    await this.program('gateway', [String(this.barePort), natsAdminUrl]);
    await until('the bare gateway', 10, () =>
      fetch(`http://127.0.0.1:${this.barePort}/echo/x`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
  }

  private async program(name: string, args: string[]): Promise<void> {
    const file = join(projectRoot(), 'dist', 'bench', 'bare', `${name}.js`);
    const child = await launch({
      name: `bare-${name}`,
      command: process.execPath,
      args: [file, ...args],
      cwd: projectRoot(),
      log: join(this.folder, `bare-${name}.log`),
      notReady: async () => undefined,
    });
    this.children.push(child);
  }
}
