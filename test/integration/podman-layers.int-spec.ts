// What a podman that was killed leaves in its storage. Kills that are aimed: test/slow/podman-kills.slow-spec.ts.
import { removeStrayLayers } from '@nubo/podman';
import { containerSpec, PodmanHost } from './podman-host';

jest.setTimeout(60_000);

let host: PodmanHost;
let image: string | undefined;
beforeAll(async () => {
  host = await PodmanHost.start('podman-b');
  [image] = await host.layers();
  await host.podman.createContainer(containerSpec('stays'));
  await host.podman.startContainer('stays');
});
afterAll(() => host?.stop());

/** As they are left when the container is never written down. */
async function strays(): Promise<string[]> {
  const make = async (parent?: string): Promise<string> => {
    const said = await host.storage(`containers-storage create-layer ${parent} 2>&1`);
    return /^[0-9a-f]{64}/.exec(said)?.[0] ?? said;
  };
  const one = await make(image);
  return [one, await make(one)];
}

describe('layers that nothing is made of', () => {
  it('go, and those of images and containers stay', async () => {
    const before = await host.layers();
    const made = await strays();
    expect((await host.layers()).sort()).toEqual([...before, ...made].sort());
    expect((await removeStrayLayers(host.remote, { olderThanS: 0 })).sort()).toEqual([...made].sort());
    expect((await host.layers()).sort()).toEqual(before.sort());
    expect(await host.podman.exec('stays', ['echo', 'well'])).toMatchObject({ stdout: 'well\n' });
    await host.podman.createContainer(containerSpec('another'));
    await host.podman.startContainer('another');
    expect(await removeStrayLayers(host.remote, { olderThanS: 0 })).toEqual([]);
    await host.podman.removeContainer('another');
  });

  it('stay as long as they may be those of an image that is coming', async () => {
    const made = await strays();
    expect(await removeStrayLayers(host.remote, { olderThanS: 3_600 })).toEqual([]);
    expect(await host.layers()).toEqual(expect.arrayContaining(made));
    expect(await removeStrayLayers(host.remote, { olderThanS: 0 })).toHaveLength(2);
  });
});
