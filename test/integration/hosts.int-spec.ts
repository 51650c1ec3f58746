// Hosts of a lab, as an administrator enrols them: over SSH, with a real libvirtd. Their names are this file's own.
import { randomUUID } from 'node:crypto';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  deleteHost,
  enrolHost,
  getHost,
  getHostUse,
  updateHost,
  type EnrolHost,
  type HostState,
  type HostView,
} from '@nubo/contracts';
import { FLEET_SCHEMA, Host, HostsAccess } from '@nubo/fleet';
import { podmanOn } from '@nubo/podman';
import { newPrivateKey, publicKeyOf } from '@nubo/remote';
import {
  contextOf,
  eventually,
  someone,
  testApp,
  testDatabase,
  type TestApp,
  type TestDatabase,
} from '@nubo/testing';
import { ComputeModule } from '../../apps/compute/src/compute.module';
import { COMPUTE_SCHEMA } from '../../apps/compute/src/compute.schema';
import { GUARD, OURS } from '../../apps/compute/src/hosts/install.rules';
import { GuestProbe } from '../../apps/compute/src/hosts/probe.driver';
import { PlatformIdentity } from '../../apps/compute/src/instances/platform.service';
import { containerArchive, Lab, type LabHost } from '../../lab';

jest.setTimeout(120_000);

const GUEST_HOST = 'fleet-a';
const BARE_HOST = 'fleet-b';
const NETWORK_HOST = 'fleet-gw';

const admin = someone('admin');
const privateKey = newPrivateKey();

let lab: Lab;
let database: TestDatabase;
let app: TestApp;
let folder: string;

beforeAll(async () => {
  lab = await Lab.attach();
  await lab.startHosts([GUEST_HOST]);
  await lab.startHosts([BARE_HOST], { libvirt: false });
  await lab.startHosts([NETWORK_HOST], { roles: ['network'] });
  folder = mkdtempSync(join(tmpdir(), 'nubo-hosts-'));
  database = await testDatabase([COMPUTE_SCHEMA, FLEET_SCHEMA]);
  app = await testApp(ComputeModule, 'compute', {
    settings: { NUBO_DATA_DIR: folder, NUBO_SSH_KEY: privateKey },
  });
  await app.bus.answer(getHostUse, () => ({ routers: 0, ports: 0 }));
});

afterAll(async () => {
  await app?.stop();
  await database?.stop();
  await Promise.all([GUEST_HOST, BARE_HOST, NETWORK_HOST].map((name) => lab.powerOff(name)));
  rmSync(folder, { recursive: true, force: true });
});

const enrolment = ({ name, address, user, password, location }: LabHost): EnrolHost => ({
  name,
  address,
  user,
  password,
  location,
});

const enrol = (name: string, change: Partial<EnrolHost> = {}): Promise<HostView> =>
  app.call(enrolHost, contextOf(admin), { ...enrolment(lab.host(name)), ...change });

const look = (id: string): Promise<HostView> => app.call(getHost, contextOf(admin), { id });

const reaches = (id: string, state: HostState, withinMs = 30_000): Promise<HostView> =>
  eventually(
    async () => {
      const host = await look(id);
      if (host.state === state) return host;
      throw new TypeError(`${host.name} is ${host.state}: ${host.stateReason}`);
    },
    { withinMs },
  );

async function remove(id: string): Promise<void> {
  await app.call(deleteHost, contextOf(admin), { id });
  await eventually(async () => !(await database.em.existsBy(Host, { id })));
}

const keysOn = async (name: string): Promise<string> =>
  (await lab.execOnHost(name, 'cat /root/.ssh/authorized_keys')).stdout;

describe('a host with the right password', () => {
  let host: HostView;
  beforeAll(async () => {
    host = await enrol(GUEST_HOST);
  });
  afterAll(() => remove(host.id));

  it('becomes ready, with its key pinned and its capacity read', async () => {
    expect(host.state).toBe('enrolling');
    const ready = await reaches(host.id, 'ready');
    expect(ready.hostKey).toBe(lab.host(GUEST_HOST).hostKeyFingerprint);
    expect(ready.vcpus.total).toBeGreaterThan(0);
    expect(ready.memory.total).toBeGreaterThan(100);
    const row = await database.em.findOneByOrFail(Host, { id: host.id });
    expect(row).toMatchObject({ underlayAddress: lab.host(GUEST_HOST).address, user: 'root' });
    expect(row.bootId).toBeTruthy();
  });

  it('says what really runs guests there, found out by running one', async () => {
    const { virt, stateReason } = await reaches(host.id, 'ready');
    expect(['kvm', 'qemu']).toContain(virt);
    if (virt === 'qemu') expect(stateReason).toContain('KVM does not work here');
    const signal = AbortSignal.timeout(30_000);
    const probe = app.get(GuestProbe);
    expect(await probe.whyNot({ hostId: host.id, fence: Date.now(), signal }, 'qemu')).toBeUndefined();
    const left = await lab.execOnHost(GUEST_HOST, 'ls /var/lib/nubo; virsh list --all --name');
    expect(left.stdout).not.toContain('probe');
  });

  it('lets the platform in by key, and the password is kept nowhere', async () => {
    expect(await keysOn(GUEST_HOST)).toContain(publicKeyOf(privateKey));
    const { password } = lab.host(GUEST_HOST);
    const tables = ['fleet.hosts', 'audit.entries', 'compute.idempotency', 'compute.work', 'compute.outbox'];
    for (const table of tables) {
      const rows: unknown[] = await database.em.query(`SELECT t::text FROM ${table} t`);
      expect(JSON.stringify(rows)).not.toContain(password);
    }
  });

  it('is enrolled once', async () => {
    await expect(enrol(GUEST_HOST)).rejects.toMatchObject({
      kind: 'conflict',
      code: 'host_already_enrolled',
    });
    const other = enrol(GUEST_HOST, { port: 2222 });
    await expect(other).rejects.toMatchObject({ code: 'host_name_taken' });
  });
});

describe('a host that cannot be enrolled leaves nothing half-made', () => {
  afterEach(async () => {
    expect(await database.em.count(Host)).toBe(0);
  });

  it('because the password is wrong', async () => {
    const refused = enrol(GUEST_HOST, { password: 'not this' });
    await expect(refused).rejects.toMatchObject({ kind: 'unprocessable', code: 'host_login_failed' });
  });

  it('because nobody listens there', async () => {
    const refused = enrol(GUEST_HOST, { port: 2222 });
    await expect(refused).rejects.toMatchObject({ kind: 'unprocessable', code: 'host_unreachable' });
  });

  it('because it is only tried', async () => {
    const input = enrolment(lab.host(BARE_HOST));
    const view = await app.call(enrolHost, contextOf(admin, { dryRun: true }), input);
    expect(view.hostKey).toBe(lab.host(BARE_HOST).hostKeyFingerprint);
    expect(await keysOn(BARE_HOST)).not.toContain(publicKeyOf(privateKey));
  });
});

describe('a compute host without libvirt', () => {
  it('says so, is tried again when asked to, and loses the key when it is deleted', async () => {
    const { id } = await enrol(BARE_HOST);
    const failed = await reaches(id, 'error');
    expect(failed.stateReason).toMatch(/libvirtd does not answer on .*: is it installed and running\?/);
    await lab.execOnHost(BARE_HOST, 'virtlogd -d; libvirtd -d');
    await lab.execOnHost(BARE_HOST, `echo '${OURS}' >${GUARD}`);
    const again = await app.call(updateHost, contextOf(admin), { id, state: 'ready' });
    expect(again).toMatchObject({ state: 'enrolling', stateReason: null });
    await reaches(id, 'ready');
    expect((await lab.execOnHost(BARE_HOST, `cat ${GUARD}`)).stdout).not.toContain(OURS);
    await lab.execOnHost(BARE_HOST, 'mkdir -p /var/lib/nubo/snapshots/of-a-vm');
    await remove(id);
    expect(await keysOn(BARE_HOST)).not.toContain(publicKeyOf(privateKey));
    expect((await lab.execOnHost(BARE_HOST, 'ls /var/lib/nubo')).stdout).not.toContain('snapshots');
  });
});

describe('a compute host whose guests could fill its disk by their consoles', () => {
  it.each([
    ['qemu.conf', 'stdio_handler = "file"'],
    ['virtlogd.conf', 'max_size = 0'],
  ])('is not taken before that is put right: %s', async (file, line) => {
    await lab.execOnHost(GUEST_HOST, `cd /etc/libvirt && cp ${file} kept && echo '${line}' >>${file}`);
    const { id } = await enrol(GUEST_HOST);
    expect((await reaches(id, 'error')).stateReason).toContain(`take "${file}:${line}" out of /etc/libvirt`);
    await lab.execOnHost(GUEST_HOST, `cd /etc/libvirt && mv kept ${file}`);
    await app.call(updateHost, contextOf(admin), { id, state: 'ready' });
    await reaches(id, 'ready');
    await remove(id);
  });
});

describe('a compute host that had containers', () => {
  const PODMAN =
    'CONTAINERS_CONF=/var/lib/nubo/podman/containers.conf CONTAINERS_STORAGE_CONF=/var/lib/nubo/podman/storage.conf podman';
  const THERE = `ls -d /var/lib/nubo/containers /var/lib/nubo/podman /run/nubo/podman* /run/netns/nc-* 2>/dev/null
grep -o ' /var/lib/nubo/containers[^ ]*' /proc/mounts
for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline 2>/dev/null | grep '^podman system service'; done
[ ! -d /var/lib/nubo/podman ] || ${PODMAN} ps -a --format '{{.Names}} {{.Status}}'`;
  const there = async () => (await lab.execOnHost(GUEST_HOST, THERE)).stdout;

  async function container(id: string, name: string, platform: string): Promise<void> {
    const podman = podmanOn(await app.get(HostsAccess).reach(id));
    const reference = 'localhost/nubo:1';
    if (!(await podman.image(reference)))
      await podman.importImage(createReadStream(await containerArchive()), { reference });
    await podman.createContainer({
      ...{ name, image: reference, command: ['sleep', '600'], labels: { 'nubo.platform': platform } },
      ...{ netns: '/run/netns/nc-00000001', ids: { first: 1_000_000, count: 65_536 } },
      limits: { memoryBytes: 2 ** 25, cpus: 1, pids: 20 },
    });
    await podman.startContainer(name);
  }

  const plug = (platform: string) =>
    lab.execOnHost(
      GUEST_HOST,
      `mkdir -p /run/nubo/plugs; echo ${platform} some-container >/run/nubo/plugs/nc-00000001; ip netns add nc-00000001`,
    );

  /** Two that find no podman at the same time both start it: the second waits for the lock of the first. */
  const startThatWaits = () =>
    lab.execOnHost(
      GUEST_HOST,
      `setsid --fork flock -w 20 -o /run/nubo/podman/lock env ${PODMAN} system service --time=300 unix:///run/nubo/podman.sock </dev/null >/dev/null 2>&1`,
    );

  it('keeps nothing of them when it is deleted', async () => {
    const { id } = await enrol(GUEST_HOST);
    await reaches(id, 'ready');
    const platform = await app.get(PlatformIdentity).id();
    await plug(platform);
    await container(id, 'left', platform);
    const before = await there();
    for (const what of ['nubo/containers/overlay/', 'podman.sock', 'nc-00000001', 'podman system service'])
      expect(before).toContain(what);
    await startThatWaits();
    await remove(id);
    expect(await there()).toBe('');
  });

  it('keeps what another platform has there', async () => {
    const { id } = await enrol(GUEST_HOST);
    await reaches(id, 'ready');
    const [ours, theirs] = [await app.get(PlatformIdentity).id(), randomUUID()];
    await plug(theirs);
    await container(id, 'theirs', theirs);
    await container(id, 'ours', ours);
    await remove(id);
    expect((await lab.execOnHost(GUEST_HOST, `${PODMAN} ps --format '{{.Names}}'`)).stdout).toBe('theirs\n');
    expect(await there()).toContain('nc-00000001');
  });
});

describe('a network host', () => {
  const external = {
    interface: 'under0',
    range: '10.77.0.100-10.77.0.199',
    prefix: 24,
    gateway: '10.77.0.1',
  };

  it('needs no libvirt', async () => {
    const { id } = await enrol(NETWORK_HOST, { roles: ['network'], external });
    expect(await reaches(id, 'ready')).toMatchObject({ virt: null, vcpus: { total: 0 }, roles: ['network'] });
    await remove(id);
  });
});

describe('a host that is watched', () => {
  let id: string;
  beforeAll(async () => {
    ({ id } = await enrol(GUEST_HOST));
    await reaches(id, 'ready');
  });

  it('is suspect, then down, when its power is cut, and ready with a new boot id when it is back', async () => {
    const before = await database.em.findOneByOrFail(Host, { id });
    await lab.powerOff(GUEST_HOST);
    await reaches(id, 'suspect', 25_000);
    const down = await reaches(id, 'down', 40_000);
    expect(down.stateReason).toContain('Does not answer');
    await lab.powerOn(GUEST_HOST);
    await reaches(id, 'ready', 15_000);
    const after = await database.em.findOneByOrFail(Host, { id });
    expect(after.bootId).not.toBe(before.bootId);
  });

  it('is refused when its host key changes, until it is enrolled anew', async () => {
    await lab.powerOff(GUEST_HOST);
    await lab.changeHostKey(GUEST_HOST);
    await lab.powerOn(GUEST_HOST);
    const refused = await reaches(id, 'error');
    expect(refused.stateReason).toMatch(/another one than was pinned.*enrol it again/);
    await remove(id);
    const again = await enrol(GUEST_HOST);
    expect(again.hostKey).toBe(lab.host(GUEST_HOST).hostKeyFingerprint);
    await reaches(again.id, 'ready');
    await remove(again.id);
  });
});
