// The podman client against a real podman, through SSH.
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@nubo/testing';
import { PodmanClosed, podmanOn, type ContainerSpec, type PodmanClient } from '@nubo/podman';
import { containerArchive, Lab } from '../../lab';
import { enrolledHost, type EnrolledHost } from './enrolled';

jest.setTimeout(60_000);

const HOST = 'podman-a';
const IMAGE = 'localhost/nubo-test:1';
const NETNS = '/run/netns/nc-podman';
const MAKE_NETNS = `ip netns add nc-podman && ip -n nc-podman link set lo up &&
nsenter --net=${NETNS} sysctl -q net.ipv4.ip_unprivileged_port_start=0`;
const MIB = 1024 * 1024;

let lab: Lab;
let host: EnrolledHost;
let podman: PodmanClient;
let archive: string;

const spec = (name: string, change: Partial<ContainerSpec> = {}): ContainerSpec => ({
  name,
  image: IMAGE,
  command: ['sleep', '600'],
  labels: { 'nubo.test': name },
  netns: NETNS,
  limits: { memoryBytes: 32 * MIB, cpus: 0.5, pids: 20 },
  ids: { first: 1_000_000, count: 65_536 },
  stopSeconds: 1,
  ...change,
});

/** Runs a line of shell on the host and answers what it says. */
const onHost = async (line: string): Promise<string> => (await lab.execOnHost(HOST, line)).stdout.trim();
const inside = async (name: string, line: string) => podman.exec(name, ['sh', '-c', line]);
/** Made and started. */
async function running(name: string, change: Partial<ContainerSpec> = {}): Promise<string> {
  const id = await podman.createContainer(spec(name, change));
  await podman.startContainer(name);
  return id;
}
const SERVICE = `for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline 2>/dev/null | grep -q '^podman system service' && basename $p; done`;
const killService = () =>
  onHost(
    `pids=$(${SERVICE}); kill -9 $pids; for p in $pids; do while [ -e /proc/$p ]; do sleep 0.01; done; done`,
  );

beforeAll(async () => {
  archive = await containerArchive();
  lab = await Lab.attach();
  host = await enrolledHost(lab, HOST);
  podman = podmanOn(host.remote);
  await onHost(MAKE_NETNS);
  await podman.importImage(createReadStream(archive), { reference: IMAGE, command: ['sh'] });
});

afterEach(async () => {
  for (const { name } of await podman.containers()) await podman.removeContainer(name);
});

afterAll(async () => {
  host.pool.close();
  await lab.powerOff(HOST);
});

describe('a container', () => {
  it('is taken through its life, and every turn of it is told', async () => {
    const events: string[] = [];
    const ear = await podman.events(({ name, action, exitCode }) =>
      events.push([name, action, exitCode].filter((word) => word !== undefined).join(' ')),
    );
    const id = await podman.createContainer(spec('life'));
    const made = { id, state: 'created', exitCode: 0, labels: { 'nubo.test': 'life' }, pid: undefined };
    expect(await podman.container('life')).toMatchObject(made);
    await podman.startContainer('life');
    await podman.startContainer('life');
    expect(await podman.container(id)).toMatchObject({ name: 'life', state: 'running', oomKilled: false });
    await podman.stopContainer('life', { seconds: 0 });
    await podman.stopContainer('life');
    expect(await podman.waitContainer('life')).toBe(137);
    expect(await podman.containers({ labels: ['nubo.test=life'] })).toEqual([
      expect.objectContaining({ id, name: 'life', state: 'exited', exitCode: 137 }),
    ]);
    expect(await podman.containers({ labels: ['nubo.test=other'] })).toEqual([]);
    await podman.removeContainer('life');
    await podman.removeContainer('life');
    expect(await podman.container('life')).toBeUndefined();
    await eventually(() => Promise.resolve(events.includes('life remove') || undefined));
    const told = ['life create', 'life start', 'life died 137', 'life remove'];
    expect(events.filter((event) => told.includes(event))).toEqual(told);
    ear.close();
    expect(await ear.closed).toBeInstanceOf(PodmanClosed);
  });

  it('may be made twice, at once and later, and is one', async () => {
    const ids = await Promise.all([1, 2, 3].map(() => podman.createContainer(spec('twice'))));
    ids.push(await podman.createContainer(spec('twice')));
    expect(new Set(ids).size).toBe(1);
    const others = podman.createContainer(spec('twice', { labels: { 'nubo.test': 'another' } }));
    await expect(others).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('that cannot be is refused with the reason', async () => {
    await expect(podman.createContainer(spec('no', { image: 'localhost/no:1' }))).rejects.toMatchObject({
      kind: 'not_found',
    });
    await expect(podman.createContainer(spec('no+name'))).rejects.toMatchObject({ kind: 'invalid' });
    await expect(podman.startContainer('nobody')).rejects.toMatchObject({ kind: 'not_found' });
    await podman.createContainer(spec('idle', { command: ['/no/such/program'] }));
    await expect(podman.startContainer('idle')).rejects.toThrow('/no/such/program');
    await expect(podman.killContainer('idle')).rejects.toMatchObject({ kind: 'conflict' });
    await expect(podman.exec('idle', ['true'])).rejects.toMatchObject({ kind: 'conflict' });
    await expect(podman.removeImage(IMAGE)).rejects.toMatchObject({ kind: 'in_use' });
  });

  it('says what it said, on which stream', async () => {
    await running('talk', {
      command: ['sh', '-c', 'echo one; echo two >&2; sleep 0.1; echo three; sleep 600'],
    });
    const lines = await eventually(async () => {
      const said = await podman.logs('talk', { lines: 2 });
      return said.some(({ text }) => text === 'three') ? said : undefined;
    });
    expect(lines).toEqual([
      { stream: 'stderr', at: expect.any(Date) as Date, text: 'two' },
      { stream: 'stdout', at: expect.any(Date) as Date, text: 'three' },
    ]);
    expect(await inside('talk', 'echo out; echo err >&2; exit 7')).toEqual({
      code: 7,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it('takes in an archive, running or not, with owners as they are inside', async () => {
    await podman.createContainer(spec('filled'));
    await podman.putArchive('filled', { folder: '/var', archive: createReadStream(archive) });
    await podman.startContainer('filled');
    await podman.putArchive('filled', { folder: '/home', archive: createReadStream(archive) });
    const said = await inside(
      'filled',
      'cat /var/var/www/index.html; stat -c %u /home/var/www/index.html /home/bin/busybox',
    );
    expect(said.stdout).toBe('hello from a container\n33\n0\n');
    await podman.putArchive('filled', { folder: '/new/one', archive: createReadStream(archive) });
    expect((await inside('filled', 'cat /new/one/var/www/index.html')).code).toBe(0);
  });
});

describe('root inside', () => {
  it('is nobody of the host, has no device and no power, and sees nothing of the host', async () => {
    const id = await running('root');
    const { pid } = (await podman.container(id)) ?? {};
    expect(
      await onHost(`stat -c '%u %g' /proc/${pid}; grep -c . /proc/${pid}/uid_map; cat /proc/${pid}/uid_map`),
    ).toMatch(/^1000000 1000000\n1\n\s+0\s+1000000\s+65536$/);
    const said = await inside(
      'root',
      `id -u; touch /root/mine && echo wrote; mknod /tmp/d b 254 0 || echo no device; mount -t tmpfs t /mnt || echo no mount
       ip link set lo down || echo no network; dd if=/dev/kmsg of=/dev/null count=1 || echo no kernel
       echo 1 >/proc/sys/kernel/panic || echo no setting; ls /sys; grep -c NoNewPrivs:.1 /proc/self/status
       grep -c 10.77 /etc/hosts; ls /dev`,
    );
    expect(said.stdout.split('\n').slice(0, 9)).toEqual([
      '0',
      'wrote',
      'no device',
      'no mount',
      'no network',
      'no kernel',
      'no setting',
      '1',
      '0',
    ]);
    expect(said.stdout).not.toMatch(/vda|loop|kvm|mem$/m);
    // capability.h: CHOWN … SYS_CHROOT and SETFCAP, and none besides.
    expect((await inside('root', "sed -n 's/CapBnd:.//p' /proc/self/status")).stdout).toBe(
      '00000000800405fb\n',
    );
    expect(await onHost(`find /var/lib/nubo/containers/overlay/*/diff/root/mine -printf '%U'`)).toBe(
      '1000000',
    );
    expect((await inside('root', 'ls /proc | grep -c "^[0-9]"')).stdout.trim()).toMatch(/^[1-5]$/);
  });

  it('cannot write what is read-only, and fills a file system in memory up to its size', async () => {
    await running('fixed', { readOnly: true, tmpfs: [{ path: '/tmp', bytes: MIB }] });
    const said = await inside(
      'fixed',
      'touch /etc/x || echo no; dd if=/dev/zero of=/tmp/x bs=64k count=64 2>/dev/null || stat -c %s /tmp/x',
    );
    expect(said.stdout).toBe(`no\n${MIB}\n`);
  });

  it('serves a port below 1024 in the network that it was given', async () => {
    await running('web', { command: ['httpd', '-f', '-p', '80', '-h', '/var/www'] });
    const page = await eventually(
      async () => (await onHost(`nsenter --net=${NETNS} busybox wget -qO- http://127.0.0.1/`)) || undefined,
    );
    expect(page).toBe('hello from a container');
  });
});

describe('a limit', () => {
  it('of memory ends what wants more', async () => {
    const command = ['dd', 'if=/dev/zero', 'of=/dev/shm/x', 'bs=1M', 'count=48'];
    await running('greedy', { command });
    expect(await podman.waitContainer('greedy', { timeoutMs: 30_000 })).toBe(137);
  });

  it('of processes stops a fork bomb', async () => {
    await running('many');
    const said = await inside(
      'many',
      'i=0; while [ $i -lt 50 ]; do sleep 600 >/dev/null 2>&1 & i=$((i+1)); done; echo "all of them"',
    );
    expect(said.stderr).toContain('fork');
    expect(said.stdout).toBe('');
  });

  it('shows in the counters', async () => {
    await Promise.all([running('one'), running('two', { command: ['sh', '-c', 'while :; do :; done'] })]);
    await podman.createContainer(spec('three'));
    const busy = await eventually(async () => {
      const all = await podman.stats();
      expect(all.map(({ name }) => name).sort()).toEqual(['one', 'two']);
      const two = all.find(({ name }) => name === 'two');
      return two && two.cpuNs > 50_000_000n ? two : undefined;
    });
    expect(busy).toMatchObject({ memoryLimitBytes: 32 * MIB, pids: 1 });
    expect(busy.memoryBytes).toBeGreaterThan(0);
  });
});

describe('podman’s service', () => {
  it('that is killed ends the events, and is there again for the next call', async () => {
    await running('stays');
    const ear = await podman.events(() => undefined);
    await killService();
    expect(await ear.closed).toBeInstanceOf(Error);
    expect(await podman.container('stays')).toMatchObject({ state: 'running' });
    expect((await onHost(SERVICE)).split('\n')).toHaveLength(1);
  });

  it('is one, however many ask first', async () => {
    await killService();
    const versions = await Promise.all([1, 2, 3, 4].map(() => podman.version()));
    expect(versions).toEqual(Array(4).fill(expect.stringMatching(/^\d+\.\d+\.\d+/)));
    expect((await onHost(SERVICE)).split('\n')).toHaveLength(1);
  });

  it('that is killed while it makes a container leaves nothing doubled and nothing behind', async () => {
    for (const delayMs of [5, 15, 30, 45, 60, 80, 100, 130]) {
      const first = podman.createContainer(spec('cut')).catch(() => undefined);
      await sleep(delayMs);
      await killService();
      await first;
      const id = await podman.createContainer(spec('cut'));
      await podman.startContainer(id);
      expect((await podman.containers()).map(({ name, state }) => `${name} ${state}`)).toEqual([
        'cut running',
      ]);
      await podman.removeContainer('cut');
      expect(await onHost('ls /var/lib/nubo/containers/overlay-containers | grep -vE "json|lock"')).toBe('');
    }
    const layers = 'ls /var/lib/nubo/containers/overlay | grep -cE "^[0-9a-f]{64}$"';
    expect(await onHost(layers)).toBe('1');
  }, 180_000);

  it('leaves the podman of the host’s administrator alone', async () => {
    await running('ours');
    expect(await onHost('podman ps -aq; podman images -q')).toBe('');
    expect(
      await onHost(
        'ls /etc/containers/containers.conf /etc/containers/storage.conf 2>/dev/null; cat /etc/subuid',
      ),
    ).toBe('');
  });

  it('goes on with a host that comes back after its power was cut', async () => {
    await running('survivor');
    await lab.powerOff(HOST);
    await lab.powerOn(HOST);
    await onHost(MAKE_NETNS);
    await eventually(async () => (await podman.version().catch(() => undefined)) && true);
    expect(await podman.container('survivor')).toMatchObject({
      state: expect.stringMatching(/created|exited|configured/) as string,
    });
    await podman.startContainer('survivor');
    expect(await podman.container('survivor')).toMatchObject({ state: 'running' });
  });
});

describe('an image', () => {
  it('is there under its names, and gone after the last', async () => {
    const id = await podman.importImage(createReadStream(archive), {
      reference: 'localhost/nubo-other:1',
      labels: { 'nubo.image': 'a=$b:c/d' },
    });
    await podman.tagImage(id, 'localhost/nubo-other:2');
    expect(await podman.image('localhost/nubo-other:2')).toMatchObject({
      id,
      labels: { 'nubo.image': 'a=$b:c/d' },
    });
    expect((await podman.images()).map((image) => image.id)).toContain(id);
    await podman.removeImage('localhost/nubo-other:1');
    expect(await podman.image(id)).toMatchObject({ names: ['localhost/nubo-other:2'] });
    await podman.removeImage(id);
    await podman.removeImage(id);
    expect(await podman.image(id)).toBeUndefined();
  });

  it('comes in as an OCI archive, too', async () => {
    await onHost(`export CONTAINERS_CONF=/var/lib/nubo/podman/containers.conf CONTAINERS_STORAGE_CONF=/var/lib/nubo/podman/storage.conf
podman save -q --format oci-archive -o /tmp/oci.tar ${IMAGE} && podman tag ${IMAGE} localhost/kept:1`);
    const { stdout } = await lab.execOnHost(HOST, 'base64 /tmp/oci.tar');
    await podman.removeImage(IMAGE);
    expect(await podman.loadImage(Readable.from(Buffer.from(stdout, 'base64')))).toEqual([IMAGE]);
    await expect(podman.loadImage(Readable.from(Buffer.from('no archive')))).rejects.toThrow();
  });
});
