/** What the platform's tables say, and where they contradict themselves. */
import { RESERVED_KINDS } from '@nubo/contracts';
import { Pool } from 'pg';

type Row = Record<string, string>;

/** Each answers a row per fault; its first column says what is wrong. */
const FAULTS = [
  `SELECT 'host ' || name || ' is ' || state FROM fleet.hosts WHERE state <> 'ready'`,
  `SELECT 'VM ' || name || ' is ' || state || ', wanted ' || wanted_state || ': ' || coalesce(state_reason, '')
     FROM compute.vms WHERE state <> wanted_state`,
  `SELECT 'container ' || name || ' is ' || state || ', wanted ' || wanted_state || ': ' || coalesce(state_reason, '')
     FROM compute.containers WHERE state <> wanted_state`,
  `SELECT 'VPC ' || name || ' is ' || state || ': ' || coalesce(state_reason, '') FROM network.vpcs WHERE state <> 'ready'`,
  `SELECT 'subnet ' || name || ' is ' || state || ': ' || coalesce(state_reason, '') FROM network.subnets WHERE state <> 'ready'`,
  `SELECT 'port of ' || instance_id || ' is ' || state || ': ' || coalesce(state_reason, '') FROM network.ports WHERE state <> 'active'`,
  `SELECT 'mapping ' || id || ' is ' || state || ': ' || coalesce(state_reason, '') FROM pat.mappings WHERE state <> 'active'`,
  `SELECT 'image ' || name || ' is ' || state FROM compute.images WHERE state <> 'ready'`,
  `SELECT 'a NIC of ' || instance_id || ' has no port' FROM compute.instance_nics n WHERE NOT EXISTS (SELECT FROM network.ports p
     WHERE p.id = n.port_id AND p.instance_id = n.instance_id AND host(p.ip) = n.ip AND p.mac = n.mac)`,
  `SELECT 'a NIC of nothing: ' || instance_id FROM compute.instance_nics WHERE instance_id NOT IN (SELECT id FROM compute.vms UNION ALL SELECT id FROM compute.containers)`,
  `SELECT 'port ' || id || ' belongs to no NIC' FROM network.ports WHERE id NOT IN (SELECT port_id FROM compute.instance_nics)`,
  `SELECT 'port ' || p.id || ' is bound elsewhere than its instance' FROM network.ports p
     JOIN (SELECT id, host_id FROM compute.vms UNION ALL SELECT id, host_id FROM compute.containers) v ON v.id = p.instance_id
     WHERE p.host_id IS DISTINCT FROM v.host_id`,
  `SELECT 'port ' || id || ' has no address of its own' FROM network.ports p WHERE NOT EXISTS (SELECT FROM network.addresses a
     WHERE a.subnet_id = p.subnet_id AND a.ip = p.ip AND a.use = 'port')`,
  `SELECT 'address ' || ip || ' is taken by no port' FROM network.addresses a WHERE use = 'port' AND NOT EXISTS
     (SELECT FROM network.ports p WHERE a.subnet_id = p.subnet_id AND a.ip = p.ip)`,
  `SELECT 'mapping ' || m.id || ' leads to no port' FROM pat.mappings m WHERE NOT EXISTS
     (SELECT FROM network.ports p WHERE p.id = m.port_id AND host(p.ip) = m.target_ip AND p.vpc_id = m.router_id)`,
  `SELECT 'room on ' || name || ' is miscounted: ' || used_vcpus || ' vCPUs, ' || used_memory_mib || ' MiB' FROM fleet.hosts h
     CROSS JOIN LATERAL (SELECT coalesce(sum(vcpus), 0) AS c, coalesce(sum(memory_mib), 0) AS m, coalesce(sum(disk_gib), 0) AS d
       FROM (SELECT host_id, vcpus, memory_mib, disk_gib FROM compute.vms UNION ALL SELECT host_id, 0, memory_mib, 0 FROM compute.containers) i
       WHERE host_id = h.id) AS v WHERE (used_vcpus, used_memory_mib, used_disk_gib) <> (c, m, d)`,
  ...(
    [
      ['usage', 'tenant_id'],
      ['user_usage', 'user_id'],
    ] as const
  ).map(
    ([table, owner]) =>
      `SELECT 'quota ' || kind || ' of ' || ${owner} || ' says ' || coalesce(u.used, 0) || ', the ledger ' || coalesce(l.n, 0)
     FROM (SELECT * FROM quota.${table} WHERE kind IN (${RESERVED_KINDS.map((kind) => `'${kind}'`).join()})) u
     FULL JOIN (SELECT ${owner}, kind, sum(amount) AS n FROM quota.ledger WHERE ${owner} IS NOT NULL GROUP BY 1, 2) l
     USING (${owner}, kind) WHERE coalesce(u.used, 0) <> coalesce(l.n, 0)`,
  ),
  `SELECT 'ledger ' || kind || ' of ' || resource_id || ', which is not there' FROM quota.ledger WHERE resource_id NOT IN (
     SELECT id FROM compute.vms UNION SELECT id FROM compute.containers UNION SELECT id FROM compute.images UNION SELECT id FROM network.vpcs UNION
     SELECT id FROM network.subnets UNION SELECT id FROM network.ports UNION SELECT id FROM pat.mappings UNION
     SELECT id FROM cdn.distributions UNION SELECT id FROM hosting.projects)`,
  `SELECT 'leftover of ' || instance_id FROM compute.host_leftovers`,
  ...['tenant', 'compute', 'network', 'pat', 'cdn', 'hosting'].flatMap((schema) => [
    `SELECT '${schema}: event ' || subject || ' waits' FROM ${schema}.outbox`,
    `SELECT '${schema}: ' || kind || ' ' || resource_id || ' is stuck: ' || coalesce(last_error, 'nobody takes it')
       FROM ${schema}.work WHERE last_error IS NOT NULL OR (due_at < now() - interval '20 s' AND lease_until < now())`,
  ]),
  ...[
    [
      'compute',
      `SELECT id FROM compute.vms UNION SELECT id FROM compute.containers UNION SELECT id FROM compute.images UNION SELECT id FROM fleet.hosts`,
    ],
    [
      'network',
      `SELECT id FROM network.vpcs UNION SELECT id FROM network.subnets UNION SELECT id FROM network.ports`,
    ],
    ['pat', `SELECT id FROM pat.mappings`],
    ['cdn', `SELECT id FROM cdn.distributions`],
    ['hosting', `SELECT id FROM hosting.projects`],
  ].map(
    ([schema, ids]) =>
      `SELECT '${schema}: grant on ' || resource_id || ', which is not there' FROM ${schema}.grants WHERE resource_id NOT IN (${ids})`,
  ),
];

export class Rows {
  private readonly pool: Pool;

  constructor(connectionString: string) {
    this.pool = new Pool({ connectionString });
    this.pool.on('error', () => undefined);
  }

  close(): Promise<void> {
    return this.pool.end();
  }

  async ask(sql: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.pool.query<Row>(sql, values)).rows;
  }

  async faults(): Promise<string[]> {
    const found: string[] = [];
    for (const sql of FAULTS) found.push(...(await this.ask(sql)).map((row) => Object.values(row)[0]));
    return found;
  }
}
