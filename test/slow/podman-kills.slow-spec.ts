/** podman killed within the few milliseconds in which it makes a container, again and again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { removeStrayLayers } from '@nubo/podman';
import { containerSpec, PodmanHost } from '../integration/podman-host';

const ROUNDS = 40;
const STEP_MS = 3;

describe('podman’s service', () => {
  let host: PodmanHost;
  let image: string[];
  beforeAll(async () => {
    host = await PodmanHost.start('podman-k');
    image = await host.layers();
  }, 60_000);
  afterAll(() => host?.stop());

  it('that is killed while it makes a container leaves no layer behind', async () => {
    let left = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const killing = host.killService();
      await sleep(round * STEP_MS);
      const first = host.podman.createContainer(containerSpec('cut')).catch(() => undefined);
      await killing;
      await first;
      await host.podman.createContainer(containerSpec('cut'));
      await host.podman.startContainer('cut');
      expect((await host.podman.containers()).map(({ name }) => name)).toEqual(['cut']);
      left += (await removeStrayLayers(host.remote, { olderThanS: 0 })).length;
      expect(await host.podman.exec('cut', ['echo', 'well'])).toMatchObject({ stdout: 'well\n' });
      await host.podman.removeContainer('cut');
      expect(await host.layers()).toEqual(image);
    }
    process.stderr.write(`${left} layers were left by ${ROUNDS} kills\n`);
  }, 400_000);
});
