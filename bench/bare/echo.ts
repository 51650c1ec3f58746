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

async function answer(pool: Pool, message: Msg): Promise<void> {
  const { id } = message.json<{ id: string }>();
  const vm = await pool.query('SELECT * FROM compute.vms WHERE id = $1', [id]);
  const nics = await pool.query('SELECT * FROM compute.vm_nics WHERE vm_id = $1 ORDER BY position', [id]);
  message.respond(JSON.stringify({ ...vm.rows[0], nics: nics.rows }));
}

void main();
