import { ensureContainer, type Workshop } from './creation';
import { PodmanError, type PodmanErrorKind } from './errors';
import { specBody } from './spec';
import { type ContainerDetail, type ContainerSpec } from './types';

const spec: ContainerSpec = {
  name: 'c1',
  image: 'localhost/nubo:1',
  netns: '/run/netns/nc-1',
  labels: { owner: 'me' },
  limits: { memoryBytes: 64 << 20, cpus: 0.5, pids: 32 },
  ids: { first: 200_000, count: 65_536 },
};
const there = (labels: Record<string, string>): ContainerDetail => ({
  ...{ id: 'old', name: 'c1', imageId: '5081', state: 'created', labels, exitCode: 0, oomKilled: false },
});
const refused = (kind: PodmanErrorKind) => new PodmanError(kind, 500, kind);

/** What was done is in `did`; `create` ends as one after the other of `outcomes` says. */
function workshop(
  outcomes: (string | PodmanError)[],
  looks: (ContainerDetail | undefined)[],
): Workshop & { did: string[] } {
  const did: string[] = [];
  const doing = <T>(word: string, outcome: T): Promise<T> => {
    did.push(word);
    return Promise.resolve(outcome);
  };
  return {
    did,
    spec,
    create: async () => {
      const outcome = await doing('create', outcomes.shift());
      if (outcome instanceof PodmanError) throw outcome;
      return outcome ?? '';
    },
    existing: () => doing('look', looks.shift()),
    removeHalfMade: () => doing('remove', undefined),
    pause: () => Promise.resolve(),
  };
}

describe('a container', () => {
  it('is made', async () => {
    const work = workshop(['new'], []);
    expect(await ensureContainer(work)).toBe('new');
    expect(work.did).toEqual(['create']);
  });

  it('is taken as it is when it is there and ours, if only after a moment', async () => {
    const work = workshop([refused('conflict')], [undefined, there({ owner: 'me', more: 'x' })]);
    expect(await ensureContainer(work)).toBe('old');
    expect(work.did).toEqual(['create', 'look', 'look']);
  });

  it('is not made when its name is another’s', async () => {
    const work = workshop([refused('conflict')], [there({ owner: 'somebody' })]);
    await expect(ensureContainer(work)).rejects.toMatchObject({ kind: 'conflict' });
    expect(work.did).toEqual(['create', 'look']);
  });

  it('is made anew when podman has only its name for a while', async () => {
    const work = workshop([refused('conflict'), 'new'], []);
    expect(await ensureContainer(work)).toBe('new');
    expect(work.did.filter((word) => word !== 'look')).toEqual(['create', 'remove', 'create']);
  });

  it('is not looked for when podman refuses it for another reason', async () => {
    const work = workshop([refused('not_found')], []);
    await expect(ensureContainer(work)).rejects.toMatchObject({ kind: 'not_found' });
    expect(work.did).toEqual(['create']);
  });
});

describe('what is asked of podman for a container', () => {
  const body = specBody({
    ...spec,
    dns: ['190.0.0.1'],
    hosts: { edge: '190.0.0.7' },
    readOnly: true,
  }) as Record<string, unknown>;

  it('is a user namespace in which root is nobody of the host', () => {
    const map = [{ container_id: 0, host_id: 200_000, size: 65_536 }];
    expect(body).toMatchObject({
      userns: { nsmode: 'private' },
      idmappings: { HostUIDMapping: false, HostGIDMapping: false, UIDMap: map, GIDMap: map },
    });
  });

  it('is namespaces of its own, and the network that was made for it', () => {
    const own = { nsmode: 'private' };
    expect(body).toMatchObject({ pidns: own, ipcns: own, utsns: own, cgroupns: own });
    expect(body.netns).toEqual({ nsmode: 'path', value: '/run/netns/nc-1' });
  });

  it('is few powers, and none that come later', () => {
    expect(body).toMatchObject({ no_new_privileges: true, mask: ['/sys'], read_only_filesystem: true });
    expect(body.cap_add).toEqual([
      ...['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'NET_BIND_SERVICE'],
      ...['SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT'],
    ]);
  });

  it('is a log that does not grow for ever', () => {
    expect(body.log_configuration).toEqual({ driver: 'k8s-file', size: 1 << 20 });
    const small = specBody({ ...spec, logBytes: 4096 });
    expect(small).toMatchObject({ log_configuration: { size: 4096 } });
  });

  it('is limits without swap', () => {
    expect(body.resource_limits).toEqual({
      memory: { limit: 64 << 20, swap: 64 << 20 },
      cpu: { quota: 50_000, period: 100_000 },
      pids: { limit: 32 },
    });
  });

  it('is the names that were given, and the image’s where none were', () => {
    expect(body).toMatchObject({ hostname: 'c1', dns_server: ['190.0.0.1'], hostadd: ['edge:190.0.0.7'] });
    expect(specBody(spec)).toMatchObject({ use_image_resolve_conf: true, hostadd: [] });
  });

  it('is file systems in memory of the given size, and no other mounts', () => {
    const options = ['rw', 'nosuid', 'nodev', 'mode=1777', 'size=4096'];
    expect(specBody({ ...spec, tmpfs: [{ path: '/tmp', bytes: 4096 }] })).toMatchObject({
      mounts: [{ destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options }],
    });
    expect(body.mounts).toEqual([]);
    expect(body.image_volume_mode).toBe('ignore');
  });

  it('is folders of the host that are named, read-only', () => {
    const binds = [{ source: '/var/lib/nubo/sites/a', path: '/site' }];
    const options = ['bind', 'ro', 'nosuid', 'nodev', 'private'];
    expect(specBody({ ...spec, binds })).toMatchObject({
      mounts: [{ destination: '/site', type: 'bind', source: '/var/lib/nubo/sites/a', options }],
    });
  });
});
