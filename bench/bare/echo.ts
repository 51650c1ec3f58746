/** The other end of the bare gateway: `bench.echo` says what it is told, `bench.vm` reads the same rows as Nubo does. */
import { connect, type Msg } from 'nats';
import { Pool } from 'pg';
import { busOptions } from './bus';

const POOL = 5;

async function main(): Promise<void> {
  const [, , natsUrl, databaseUrl] = process.argv;
  const pool = new Pool({ connectionString: databaseUrl, max: POOL });
  const nats = await connect(busOptions(natsUrl));
  nats.subscribe('bench.echo', { callback: (_error, message) => void message.respond(message.data) });
  nats.subscribe('bench.vm', { callback: (_error, message) => void answer(pool, message) });
}

const VM = {
  name: 'vm',
  text: `SELECT "id", "name", "tenant_id", "user_id", "metadata", "version", "state", "state_reason", "generation", "observed_generation",
    "created_at", "updated_at", "image_id", "host_id", "location", "machine_type", "vcpus", "memory_mib", "disk_gib", "wanted_state",
    "restart", "ssh_keys", "user_data", "stop_asked_at", "held_by", "hold",
    (SELECT json_agg(b) FROM (SELECT "instance_id", "position", "port_id", "subnet_id", "wanted_ip", "ip", "mac"
      FROM compute.instance_nics WHERE instance_id = $1 ORDER BY position) b) AS nics
    FROM compute.vms WHERE id = $1`,
};

async function answer(pool: Pool, message: Msg): Promise<void> {
  const { id } = message.json<{ id: string }>();
  const { rows } = await pool.query({ ...VM, values: [id] });
  message.respond(JSON.stringify(rows[0]));
}

void main();
