import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ensureAuthority } from '../stack/certificates';

/**
 * Node 20 believes the authorities that a process was started with: true in one that was started with that of the keys; else it
 * runs this program again as such a one, ends as that does, and is false.
 */
export async function trusting(keys: string): Promise<boolean> {
  const { certificateFile } = await ensureAuthority(keys);
  if (process.env['NODE_EXTRA_CA_CERTS'] === certificateFile) return true;
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: certificateFile };
  const child = spawn(process.execPath, process.argv.slice(1), { env, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  const [code] = (await once(child, 'exit')) as [number | null];
  process.exitCode = code ?? 1;
  return false;
}
