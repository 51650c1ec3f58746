// The compute service's containers on a real host: SSH, podman, network namespaces. The network service is in memory, its
// bridge made by hand; its filters are tried in container-wires.int-spec.ts.
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  deleteContainer,
  getContainer,
  getContainerUsage,
  readContainerLogs,
  updateContainer,
  type ContainerState,
  type ContainerView,
  type CreateContainer,
  type Principal,
} from '@nubo/contracts';
import { Host } from '@nubo/fleet';
import { wake } from '@nubo/reconcile';
import { contextOf, eventually } from '@nubo/testing';
import { ComputeWorld } from '../../apps/compute/src/vms/testing/compute-world';
import { Container, ImageCopy } from '../../libs/entities/src/compute';
import { containerArchive, Lab } from '../../lab';
import { enrolledHost, type EnrolledHost } from './enrolled';

jest.setTimeout(120_000);

const HOST = 'cont-a';
const BRIDGE = `ip link add nb1001 type bridge && ip link set nb1001 mtu 1450 up && ip addr add 190.0.0.1/24 dev nb1001`;
const ENV = `CONTAINERS_CONF=/var/lib/nubo/podman/containers.conf CONTAINERS_STORAGE_CONF=/var/lib/nubo/podman/storage.conf`;
const SERVICE = `for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline 2>/dev/null | grep -q '^podman system service' && basename $p; done`;
const WEB = [
  'sh',
  '-c',
  'mkdir -p /tmp/w; echo "web of $NAME" >/tmp/w/index.html; exec httpd -f -p 80 -h /tmp/w',
];
const SLEEP = ['sleep', '600'];
/** Ends as soon as it is asked to. */
const OBEDIENT = ['sh', '-c', 'trap "exit 0" TERM; sleep 600 & wait'];

const scratch = mkdtempSync(join(tmpdir(), 'nubo-containers-'));
let lab: Lab;
let machine: EnrolledHost;
let world: ComputeWorld;
let owner: Principal;
let host: Host;
let imageId: string;

beforeAll(async () => {
  lab = await Lab.attach();
  machine = await enrolledHost(lab, HOST);
  await shell(BRIDGE);
  world = await openWorld();
  owner = await world.person();
  host = await world.host({ name: HOST, address: machine.target.address });
  imageId = await world.archive(owner, await containerArchive());
});
afterAll(async () => {
  await world?.stop();
  machine?.pool.close();
  await lab?.powerOff(HOST);
  rmSync(scratch, { recursive: true });
});

/** An archive with a hard link to a file that it does not hold. */
function linkToNothing(): string {
  const folder = join(scratch, 'link');
  mkdirSync(folder);
  writeFileSync(join(folder, 'file'), 'text');
  linkSync(join(folder, 'file'), join(folder, 'link'));
  execFileSync('tar', ['-cf', 'archive.tar', 'file', 'link'], { cwd: folder });
  execFileSync('tar', ['--delete', '-f', 'archive.tar', 'file'], { cwd: folder });
  return join(folder, 'archive.tar');
}

function openWorld(): Promise<ComputeWorld> {
  const reach = async () => machine.remote;
  const onApplicationShutdown = () => undefined;
  return ComputeWorld.open({ copies: true, hosts: { reach, drop: () => undefined, onApplicationShutdown } });
}

async function shell(line: string): Promise<string> {
  const { code, stdout, stderr } = await lab.execOnHost(HOST, line);
  if (code !== 0) throw new Error(`${line}: ${stderr}`);
  return stdout;
}

const show = (id: string): Promise<ContainerView> => world.app.call(getContainer, contextOf(owner), { id });
const becomes = (id: string, state: ContainerState): Promise<ContainerView> =>
  eventually(
    async () => {
      const now = await show(id);
      if (now.state === state) return now;
      throw new TypeError(`${now.state}: ${now.stateReason}`);
    },
    { withinMs: 60_000 },
  );
const make = (wish: Partial<CreateContainer>) =>
  world.container(owner, { imageId, command: SLEEP, memory: 32, ...wish });
const running = async (wish: Partial<CreateContainer> = {}) => becomes((await make(wish)).id, 'running');
const ipOf = ({ nics }: ContainerView): string => nics[0]?.ip ?? '';
const remove = async (id: string): Promise<void> => {
  await world.app.call(deleteContainer, contextOf(owner), { id });
  await eventually(async () => !(await world.em.existsBy(Container, { id })), { withinMs: 30_000 });
};
const podman = (line: string): Promise<string> => shell(`${ENV} podman ${line}`);
const exec = (id: string, line: string): Promise<string> => podman(`exec nubo-${id} sh -c '${line}'`);
const names = async (): Promise<string[]> =>
  (await podman('ps -a --format "{{.Names}}"')).split('\n').filter(Boolean);
/** podman (4.3) fails to remove a container that another of its processes is just clearing away. */
const removeByHand = (id: string): Promise<boolean> =>
  eventually(async () => {
    await podman(`rm -f -t 0 nubo-${id}`);
    return !(await names()).includes(`nubo-${id}`);
  });
const wakeUp = (kind: string, id: string) => world.em.transaction((em) => wake(em, kind, id));
const wires = () => shell(`ls /run/netns 2>/dev/null | grep ^nc- || :; ls /sys/class/net | grep ^np || :`);

describe('a container on a real host', () => {
  it('answers its neighbour, says what it wrote, and leaves nothing when it goes', async () => {
    const web = await running({ command: WEB, env: { NAME: 'ada' }, name: 'web' });
    const neighbour = await running({ name: 'neighbour' });
    expect(await exec(neighbour.id, `wget -q -O - http://${ipOf(web)}/`)).toBe('web of ada\n');
    expect(await exec(web.id, 'hostname')).toBe('web\n');
    const talker = await running({ command: ['sh', '-c', 'echo hello; echo oops >&2; sleep 600'] });
    await eventually(async () => {
      const { text } = await world.app.call(readContainerLogs, contextOf(owner), { id: talker.id });
      return text === 'hello\noops\n';
    });
    for (const { id } of [web, neighbour, talker]) await remove(id);
    expect(await names()).toEqual([]);
    expect(await wires()).toBe('');
  });

  it('shows no variable in a command line of the host', async () => {
    const { id } = await running({ env: { SECRET: 'hush-hush' } });
    expect(await exec(id, 'echo $SECRET')).toBe('hush-hush\n');
    expect(
      await shell(`cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -c [h]ush-hush || :`),
    ).toBe('0\n');
    await remove(id);
  });

  it('has a root that is nobody outside, and shares no ids with its neighbour', async () => {
    const all = await Promise.all([running(), running()]);
    const uids = await Promise.all(
      all.map(async ({ id }) => {
        expect(await exec(id, 'id -u')).toBe('0\n');
        const pid = (await podman(`inspect -f "{{.State.Pid}}" nubo-${id}`)).trim();
        return shell(`stat -c %u /proc/${pid}`);
      }),
    );
    expect(new Set(uids).size).toBe(2);
    for (const uid of uids) expect(Number(uid)).toBeGreaterThanOrEqual(0x70000000);
    const [{ id }] = all;
    expect(await exec(id, 'ip link set eth0 down 2>&1; ip link show eth0')).toContain('UP');
    expect(await exec(id, 'mount -t tmpfs none /mnt 2>&1 || :')).toMatch(/denied|permitted|No such/);
    for (const each of all) await remove(each.id);
  });

  it('cannot write where it is read-only, besides what is memory', async () => {
    const { id } = await running({ readOnly: true });
    expect(await exec(id, 'touch /x 2>&1 || :')).toContain('Read-only');
    expect(await exec(id, 'touch /tmp/x && ls /tmp')).toBe('x\n');
    await remove(id);
  });

  it('is killed when it wants more memory than it may have, and started again', async () => {
    await wakeUp('container-inventory', host.id);
    const hungry = ['sh', '-c', 'sleep 1; tail -c 200m /dev/zero'];
    const { id } = await make({ command: hungry, memory: 16 });
    const again = await eventually(
      async () => {
        const now = await show(id);
        return now.restarts > 0 && now;
      },
      { withinMs: 60_000 },
    );
    expect(again.exitCode).toBe(137);
    const row = await world.em.findOneByOrFail(Container, { id });
    expect(row.endedAt).not.toBeNull();
    await remove(id);
  });

  it('is started again when it is killed from outside, and counted once through its starts', async () => {
    await wakeUp('container-inventory', host.id);
    const busy = ['sh', '-c', 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; exec sleep 600'];
    const { id } = await running({ command: busy });
    const usage = () => world.app.call(getContainerUsage, contextOf(owner), { id });
    await exec(id, 'for i in 1 2 3; do wget -q -O - http://190.0.0.1/ || :; done');
    await wakeUp('container-inventory', host.id);
    const before = await eventually(async () => {
      const now = await usage();
      return now.networkOutBytes > 200 && now;
    });
    await podman(`kill nubo-${id}`);
    await eventually(async () => (await show(id)).restarts === 1, { withinMs: 30_000 });
    await becomes(id, 'running');
    await wakeUp('container-inventory', host.id);
    await eventually(async () => (await usage()).sampledAt !== before.sampledAt);
    expect((await usage()).networkOutBytes).toBeGreaterThanOrEqual(before.networkOutBytes);
    await remove(id);
  });

  it('that cannot be started says why', async () => {
    const { id } = await make({ command: ['/no/such/program'] });
    expect((await becomes(id, 'error')).stateReason).toContain('/no/such/program');
    await remove(id);
  });

  it('whose image podman does not take says so while it is tried again, without folders of the host', async () => {
    const { id } = await make({ imageId: await world.archive(owner, linkToNothing()) });
    const { stateReason } = await eventually(
      async () => {
        const now = await show(id);
        return now.stateReason ? now : undefined;
      },
      { withinMs: 30_000 },
    );
    expect(stateReason).toContain('podman can make no image of the archive: ');
    expect(stateReason).not.toContain('/var/lib');
    await remove(id);
  });

  it('stops when it is asked to, and starts again with its files', async () => {
    const { id } = await running({ command: OBEDIENT });
    await exec(id, 'echo kept >/kept');
    await world.app.call(updateContainer, contextOf(owner), { id, state: 'stopped' });
    expect(await becomes(id, 'stopped')).toMatchObject({ exitCode: 0 });
    await world.app.call(updateContainer, contextOf(owner), { id, state: 'running' });
    await becomes(id, 'running');
    expect(await exec(id, 'cat /kept')).toBe('kept\n');
    await remove(id);
  });
});

describe('what goes wrong', () => {
  it('doubles nothing and loses nothing when podman’s service and compute die while containers are made', async () => {
    const made = await Promise.all(Array.from({ length: 4 }, (_, n) => make({ name: `many-${n}` })));
    for (let n = 0; n < 5; n += 1) {
      await shell(`kill -9 $(${SERVICE}) 2>/dev/null || :; sleep 0.3`);
      if (n === 2) await world.restart();
    }
    for (const { id } of made) await becomes(id, 'running');
    expect((await names()).sort()).toEqual(made.map(({ id }) => `nubo-${id}`).sort());
    expect(await world.em.countBy(ImageCopy, { imageId })).toBe(1);
    await shell(`kill -9 $(${SERVICE}) 2>/dev/null || :`);
    for (const { id } of made) await remove(id);
    expect(await names()).toEqual([]);
    expect(await wires()).toBe('');
  });

  it('is started although podman died before it had seen it run', async () => {
    const { id } = await running({ command: OBEDIENT });
    await exec(id, 'echo kept >/kept');
    await world.app.call(updateContainer, contextOf(owner), { id, state: 'stopped' });
    await becomes(id, 'stopped');
    const full = (await podman(`inspect -f "{{.Id}}" nubo-${id}`)).trim();
    await podman(`init nubo-${id}`);
    await shell(`crun start ${full}`);
    await world.app.call(updateContainer, contextOf(owner), { id, state: 'running' });
    await becomes(id, 'running');
    expect(await exec(id, 'cat /kept')).toBe('kept\n');
    await remove(id);
  });

  it('leaves in peace what another platform has on the host', async () => {
    const id = randomUUID();
    const labels = `-l nubo.id=${id} -l nubo.platform=${randomUUID()}`;
    await running();
    const image = (await podman('images -q')).split('\n')[0];
    await podman(`create -q --name nubo-${id} --network none --cap-drop all ${labels} ${image} sleep 1`);
    await wakeUp('container-inventory', host.id);
    const again = await running();
    await wakeUp('container-inventory', host.id);
    await podman(`kill nubo-${again.id}`);
    await eventually(async () => (await show(again.id)).restarts === 1, { withinMs: 30_000 });
    expect(await names()).toContain(`nubo-${id}`);
    await removeByHand(id);
    for (const one of await names()) await remove(one.replace('nubo-', ''));
  });

  it('brings containers back after a power cut, whatever their policy', async () => {
    const { id } = await running({ command: WEB, env: { NAME: 'phoenix' }, restart: 'never' });
    await world.em.update(Host, { id: host.id }, { state: 'down' });
    await lab.powerOff(HOST);
    machine.pool.close();
    machine = await enrolledHost(lab, HOST);
    await shell(`ip link show nb1001 >/dev/null 2>&1 || { ${BRIDGE}; }`);
    await world.em.update(Host, { id: host.id }, { state: 'ready' });
    await wakeUp('container', id);
    await eventually(async () => (await names()).includes(`nubo-${id}`));
    await eventually(() => exec(id, 'wget -q -O - http://127.0.0.1/'), { withinMs: 60_000 });
    expect(await becomes(id, 'running')).toMatchObject({ restarts: 0 });
    await remove(id);
    expect(await wires()).toBe('');
  });

  it('leaves no network of one that was deleted while its host was silent, and half gone by then', async () => {
    const { id } = await running();
    await world.em.update(Host, { id: host.id }, { state: 'down' });
    await removeByHand(id);
    await remove(id);
    expect(await wires()).toMatch(/^nc-[^]*np/);
    await world.em.update(Host, { id: host.id }, { state: 'ready' });
    await wakeUp('container-inventory', host.id);
    await eventually(async () => (await wires()) === '');
    expect(await shell('ls /run/nubo/plugs')).toBe('');
  });

  it('takes away an image that is deleted, and leaves the containers of others in peace', async () => {
    const { id } = await running();
    await podman(
      'tag $(podman images -q 2>/dev/null | head -n 1) localhost/unrelated 2>/dev/null || :',
    ).catch(() => '');
    await remove(id);
    await world.em.query(`UPDATE image_copies SET state = 'removing'`);
    const [copy] = await world.em.findBy(ImageCopy, { imageId });
    await wakeUp('image-copy', copy?.id ?? '');
    await eventually(async () => !(await world.em.existsBy(ImageCopy, { imageId })));
    expect(await podman('images -q --filter reference=localhost/nubo')).toBe('');
  });
});
