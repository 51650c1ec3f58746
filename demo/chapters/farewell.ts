import type { MappingView, TenantView } from '@nubo/contracts';
import { Client } from 'pg';
import { http } from '../outside';
import { RestError } from '../rest-client';
import type { Step } from '../step';
import { until } from '../wait';
import type { World } from '../world';
import { assertThat } from './reachability';

export const farewell: Step[] = [
  { title: 'A VM is deleted: its mappings go with it', run: deleteVm },
  { title: 'Both tenants are deleted', run: deleteTenants },
  { title: 'Nothing of theirs is left on any host', run: hostsAreClean },
  { title: 'Nothing of theirs is left in any table', run: tablesAreClean },
];

async function deleteVm(world: World): Promise<string> {
  const [tenant] = world.tenants;
  const { http: door } = tenant.mappings[1];
  await tenant.rest.delete(`/iaas/vms/${tenant.vms[1].id}?wait=60s`);
  await until('its mappings to go', 30, async () => {
    const left = await tenant.rest.get<MappingView[]>('/pat/mappings');
    return left.every((mapping) => mapping.instanceId !== tenant.vms[1].id);
  });
  const closed = await http(world, door).then(
    () => false,
    () => true,
  );
  assertThat(closed, 'the door of a deleted VM is still open');
  return `${tenant.vms[1].name} is gone, and so is ${door.externalIp}:${door.externalPort}; ${tenant.vms[0].name} still says "${await http(world, tenant.mappings[0].http)}"`;
}

async function deleteTenants(world: World): Promise<string> {
  await Promise.all(
    world.tenants.map(async ({ rest, tenantId }) => {
      await rest.delete<TenantView>(`/iaas/tenants/${tenantId}`);
      await until('the tenant to go', 90, () => isGone(world, `/iaas/tenants/${tenantId}`));
    }),
  );
  return world.tenants.map(({ company }) => company).join(' and ') + ' are gone';
}

const isGone = (world: World, path: string): Promise<boolean> =>
  world.admin.get(path).then(
    () => false,
    (error: unknown) => error instanceof RestError && error.problem.status === 404,
  );

const LOOK = [
  'ip -br link | grep -E "^(nb|nx|np|in|ex)[0-9a-f]" || true',
  'ip netns list | grep ^nr- || true',
  'nft list tables | grep nubo || true',
  'ls /var/lib/nubo/vms /run/nubo 2>/dev/null | grep -E "[0-9a-f]{8}" || true',
  'if [ -S /run/libvirt/libvirt-sock ]; then virsh -q list --all; fi',
].join('; ');

/** Looks at the hosts themselves, not through the platform. */
async function hostsAreClean(world: World): Promise<string> {
  const left = await until('clean hosts', 20, async () => {
    const found = await leftOnHosts(world);
    return found === '' && 'clean';
  }).catch(() => leftOnHosts(world));
  assertThat(left === 'clean', `left on hosts:\n${left}`);
  return 'no domain, disk, bridge, VXLAN, namespace, DHCP server or firewall rule';
}

async function leftOnHosts({ lab, hostNames }: World): Promise<string> {
  const looks = await Promise.all(
    hostNames.map(async (name) => [name, (await lab.execOnHost(name, LOOK)).stdout.trim()]),
  );
  return looks
    .filter(([, found]) => found !== '')
    .map(([name, found]) => `${name}: ${found}`)
    .join('\n');
}

/** The audit log is a record on purpose: it holds ids, no names or addresses. */
const KEPT = 'audit.entries';
const TABLES = `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`;

async function tablesAreClean(world: World): Promise<string> {
  const database = new Client({ connectionString: world.platform.databaseUrl });
  await database.connect();
  try {
    const { rows } = await database.query<{ name: string }>(TABLES);
    const traces = world.tenants.flatMap((t) => [t.tenantId, t.userId, t.email, ...t.vms.map((vm) => vm.id)]);
    for (const { name } of rows.filter((row) => row.name !== KEPT))
      await assertNoTrace(database, name, traces);
    return `${rows.length - 1} tables hold nothing; ${KEPT} keeps who did what, by ids`;
  } finally {
    await database.end();
  }
}

async function assertNoTrace(database: Client, table: string, traces: string[]): Promise<void> {
  const sql = `SELECT count(*)::int AS n FROM ${table} t WHERE to_jsonb(t)::text LIKE ANY ($1)`;
  const found = await until(`${table} to be clean`, 10, async () => {
    const { rows } = await database.query<{ n: number }>(sql, [traces.map((trace) => `%${trace}%`)]);
    return rows[0].n === 0;
  }).catch(() => false);
  assertThat(found, `${table} still holds something of a deleted tenant`);
}
