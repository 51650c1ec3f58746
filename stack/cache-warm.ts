import { natsBinary } from './nats-binary';
import { postgresBinaries } from './postgres-binaries';

/** Lab namespaces have no way out: what must be fetched is fetched before one is entered. */
export async function warmCache(): Promise<void> {
  await Promise.all([postgresBinaries(), natsBinary()]);
}
