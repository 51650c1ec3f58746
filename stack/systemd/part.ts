/** What a unit does before and after its process starts. */
import { identify } from '../process-table';
import { waitWhile } from '../wait';
import { renew } from '../platform-tls';
import { installedPlace } from './installation';
import { partsOf } from './parts';
import { type Part } from './units';

const READY_TIMEOUT_MS = 90_000;

export async function preparePart(name: string, record: string): Promise<void> {
  await (await partNamed(name, record)).spec.prepare?.();
}

/** Returns when it is ready. Throws when it dies before, or when time is up. */
export async function awaitPart(name: string, record: string, pid: number): Promise<void> {
  const { spec } = await partNamed(name, record);
  const notReady = async (): Promise<string | undefined> => {
    if (!identify(pid)) throw new Error(`${name} has ended; log: ${spec.log}`);
    return spec.notReady(pid);
  };
  const answer = await waitWhile(notReady, { timeoutMs: READY_TIMEOUT_MS, everyMs: 50 });
  if (answer !== undefined)
    throw new Error(`${name} is not ready after ${READY_TIMEOUT_MS / 1000} s: ${answer}; log: ${spec.log}`);
}

export async function renewCertificates(record: string, onProgress: (line: string) => void): Promise<void> {
  const place = installedPlace(record);
  await renew({ ...place, options: { ...place.options, onProgress } });
}

async function partNamed(name: string, record: string): Promise<Part> {
  const part = (await partsOf(installedPlace(record))).find(({ spec }) => spec.name === name);
  if (!part) throw new Error(`There is no part ${name} in ${record}: run npm run install-service again`);
  return part;
}
