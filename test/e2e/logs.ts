/** What the services' logs hold after the story, and what they must not hold. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../demo/wait';
import { ADMIN, type World } from '../../demo/world';

const OURS = ['gateway', 'tenant', 'compute', 'network', 'pat', 'cdn', 'hosting'];

interface Line {
  level: string;
  service: string;
  requestId?: string;
  msg: string;
  [field: string]: unknown;
}

function linesOf(world: World, service: string): Line[] {
  const text = readFileSync(join(world.platform.logDir, `${service}.log`), 'utf8');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
}

export function logChecks(world: () => World): void {
  describe('the logs', () => {
    it.each(OURS)('of %s are JSON lines without an error', (service) => {
      const lines = linesOf(world(), service);
      expect(lines.length).toBeGreaterThan(5);
      expect(lines.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
    });

    it('follow one request through the services by its id', async () => {
      const [tenant] = world().tenants;
      const requestId = `story-${Date.now()}`;
      await tenant.rest.send(
        'POST',
        '/pat/mappings',
        { vmId: tenant.vms[0].id, targetPort: 8081 },
        { 'x-request-id': requestId },
      );
      const first = (service: string) =>
        until(`a line of ${service} about ${requestId}`, 10, async () =>
          linesOf(world(), service).find((line) => line.requestId === requestId),
        );
      await first('gateway');
      expect(await first('pat')).toMatchObject({ tenantId: tenant.tenantId });
    });

    it('have one line per command on a host, with its time', () => {
      const commands = linesOf(world(), 'network').filter(({ msg }) => msg === 'host command');
      expect(commands.length).toBeGreaterThan(3);
      for (const line of commands)
        expect(line).toMatchObject({ host: expect.any(String) as string, ms: expect.any(Number) as number });
    });

    it('hold no password, token or private key', () => {
      const { lab, hostNames, tenants, platform } = world();
      const passwords = [
        ADMIN.password,
        ...tenants.map((t) => t.password),
        ...hostNames.map((name) => lab.host(name).password),
      ];
      const all = readdirSync(platform.logDir).map((file) =>
        readFileSync(join(platform.logDir, file), 'utf8'),
      );
      for (const secret of [...passwords, 'PRIVATE KEY', 'eyJhbGciOi', platform.keys.postgresPassword]) {
        expect(all.filter((text) => text.includes(secret))).toEqual([]);
      }
    });

    it.each(OURS)('%s shows its figures for Prometheus', async (service) => {
      const { healthUrl } = world().platform.services[service as 'gateway'];
      const text = await (await fetch(new URL('/metrics', healthUrl))).text();
      expect(text).toMatch(/^process_cpu_seconds_total /m);
      expect(text).toMatch(/^nubo_operation_seconds_count\{/m);
    });
  });
}
