// The libvirt client against a real libvirtd, over its socket and through SSH.
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { type Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  LIBVIRT_SOCKETS,
  LibvirtClient,
  LibvirtClosed,
  type Domain,
  type LifecycleEvent,
} from '@nubo/libvirt';
import { guestImage, Lab } from '../../lab';
import { enrolledHost, socketOfHost, type EnrolledHost } from './enrolled';

const HOST = 'libvirt-a';
const DISK = '/var/lib/nubo/guest.qcow2';

/** Runs the machine's firmware and no more. */
const empty = (name: string): string =>
  `<domain type='qemu'><name>${name}</name><memory unit='MiB'>16</memory><vcpu>1</vcpu>` +
  `<os><type arch='x86_64' machine='pc'>hvm</type></os><on_poweroff>destroy</on_poweroff></domain>`;

const guest = `<domain type='qemu'><name>guest</name><memory unit='MiB'>128</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features>
  <devices><disk type='file'><driver name='qemu' type='qcow2'/><source file='${DISK}'/><target dev='vda' bus='virtio'/>
  </disk></devices></domain>`;

let lab: Lab;
let host: EnrolledHost;

beforeAll(async () => {
  lab = await Lab.attach();
  host = await enrolledHost(lab, HOST);
}, 60_000);

afterAll(async () => {
  host.pool.close();
  await lab.powerOff(HOST);
});

const overSsh = () => host.remote.openUnix(LIBVIRT_SOCKETS);
const overSocket = async (): Promise<Duplex> => connect(socketOfHost(lab, HOST, LIBVIRT_SOCKETS[0]));

describe.each([
  ['its unix socket', overSocket],
  ['SSH', overSsh],
])('libvirt over %s', (_name, open) => {
  let libvirt: LibvirtClient;
  let events: string[];

  beforeAll(async () => {
    libvirt = await LibvirtClient.connect(await open());
    await libvirt.onLifecycle(({ domain, event, detail }: LifecycleEvent) =>
      events.push(`${domain.name} ${event} ${detail}`),
    );
  });
  beforeEach(() => (events = []));

  /** An event may come after the answer to the call that caused it. */
  const untilTold = async (count: number): Promise<void> => {
    for (let attempt = 0; attempt < 200 && events.length < count; attempt++) await sleep(10);
  };

  afterAll(() => libvirt.close());

  it('tells who and what it is', async () => {
    expect(await libvirt.hostname()).toBe(HOST);
    expect((await libvirt.libVersion()).major).toBeGreaterThanOrEqual(9);
    expect(await libvirt.capabilities()).toContain('<arch>x86_64</arch>');
  });

  it('takes a domain through its life, and tells every turn of it in order', async () => {
    const defined = await libvirt.defineXml(empty('vm-1'));
    expect(defined).toEqual({
      name: 'vm-1',
      uuid: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      id: -1,
    });
    expect(await libvirt.listDomains()).toEqual([defined]);
    expect(await libvirt.lookupByName('vm-1')).toEqual(defined);
    expect(await libvirt.lookupByUuid(defined.uuid)).toEqual(defined);
    expect(await libvirt.xml(defined)).toContain(`<uuid>${defined.uuid}</uuid>`);
    expect(await libvirt.info(defined)).toEqual({
      state: 'shutoff',
      maxMemoryKiB: 16_384,
      memoryKiB: 16_384,
      vcpus: 1,
      cpuTimeNs: 0n,
    });

    const running = await libvirt.create(defined);
    expect(running.id).toBeGreaterThan(0);
    expect(await libvirt.state(running)).toEqual({ state: 'running', reason: 1 });
    expect((await libvirt.info(running)).cpuTimeNs).toBeGreaterThan(0n);
    const [stats] = await libvirt.allStats();
    expect(stats?.domain).toEqual(running);
    expect(stats?.stats).toMatchObject({ 'state.state': 1, 'vcpu.current': 1 });
    expect(typeof stats?.stats['cpu.time']).toBe('bigint');

    await libvirt.shutdown(running);
    await libvirt.destroy(running);
    await libvirt.undefine(defined);
    expect(await libvirt.listDomains()).toEqual([]);
    await untilTold(6);
    expect(events).toEqual([
      'vm-1 defined added',
      'vm-1 resumed unpaused',
      'vm-1 started booted',
      'vm-1 shutdown host',
      'vm-1 stopped destroyed',
      'vm-1 undefined removed',
    ]);
  });

  it('runs a domain that nobody defined and forgets it when it ends', async () => {
    const probe = await libvirt.createTransient(empty('probe'));
    expect((await libvirt.info(probe)).state).toBe('running');
    await libvirt.destroy(probe);
    await expect(libvirt.lookupByName('probe')).rejects.toMatchObject({ isNotFound: true });
    await untilTold(4);
  });

  it('says in its own terms what cannot be done', async () => {
    const missing: Domain = { name: 'no', uuid: '00000000-0000-4000-8000-000000000000', id: -1 };
    const noDomain = { name: 'VIR_ERR_NO_DOMAIN', isNotFound: true };
    await expect(libvirt.lookupByName('no')).rejects.toMatchObject(noDomain);
    await expect(libvirt.lookupByUuid(missing.uuid)).rejects.toMatchObject(noDomain);
    await expect(libvirt.info(missing)).rejects.toMatchObject(noDomain);
    await expect(libvirt.defineXml('<domain')).rejects.toMatchObject({ name: 'VIR_ERR_XML_DETAIL' });
    await expect(libvirt.defineXml('<network/>')).rejects.toMatchObject({ name: 'VIR_ERR_XML_ERROR' });

    const domain = await libvirt.defineXml(empty('vm-2'));
    const invalid = { name: 'VIR_ERR_OPERATION_INVALID', code: 55 };
    await expect(libvirt.destroy(domain)).rejects.toMatchObject(invalid);
    await expect(libvirt.shutdown(domain)).rejects.toMatchObject(invalid);
    await libvirt.create(domain);
    await expect(libvirt.create(domain)).rejects.toMatchObject(invalid);
    await libvirt.destroy(domain);
    await libvirt.undefine(domain);
    await untilTold(6);
  });

  it('answers a hundred calls at once', async () => {
    const domain = await libvirt.defineXml(empty('vm-3'));
    const infos = await Promise.all(Array.from({ length: 100 }, () => libvirt.info(domain)));
    expect(new Set(infos.map(({ state }) => state))).toEqual(new Set(['shutoff']));
    await libvirt.undefine(domain);
    await untilTold(2);
  });

  it('tells nobody any more who has stopped to listen', async () => {
    const heard: string[] = [];
    const stop = await libvirt.onLifecycle(({ event }) => heard.push(event));
    await stop();
    await libvirt.undefine(await libvirt.defineXml(empty('vm-4')));
    await untilTold(2);
    expect(heard).toEqual([]);
    expect(events).toEqual(['vm-4 defined added', 'vm-4 undefined removed']);
  });

  it('fails what is under way when the connection is cut, and only that', async () => {
    const stream = await open();
    const other = await LibvirtClient.connect(stream);
    const closed = new Promise((resolve) => other.once('close', resolve));
    const calls = Array.from({ length: 20 }, () => other.capabilities());
    stream.destroy();
    for (const call of calls) await expect(call).rejects.toBeInstanceOf(LibvirtClosed);
    expect(await closed).toBeInstanceOf(LibvirtClosed);
    await expect(other.listDomains()).rejects.toBeInstanceOf(LibvirtClosed);
    expect(await libvirt.listDomains()).toEqual([]);
  });

  it('refuses a driver that it does not have', async () => {
    const strange = LibvirtClient.connect(await open(), { uri: 'nosuch:///system' });
    await expect(strange).rejects.toMatchObject({ name: expect.stringMatching(/^VIR_ERR_/) as string });
  });
});

describe('a guest', () => {
  it('shuts down when it is asked to, and libvirt tells', async () => {
    await lab.execOnHost(HOST, `cat > ${DISK}`, { stdin: await readFile(await guestImage()) });
    const libvirt = await LibvirtClient.connect(await overSsh());
    const stopped = new Promise<LifecycleEvent>((resolve) => {
      void libvirt.onLifecycle((event) => event.event === 'stopped' && resolve(event));
    });
    const domain = await libvirt.create(await libvirt.defineXml(guest));
    // Until the guest has booted nobody in it hears the button.
    const asking = setInterval(() => void libvirt.shutdown(domain).catch(() => undefined), 1_000);
    expect(await stopped).toMatchObject({ domain: { name: 'guest' }, detail: 'shutdown' });
    clearInterval(asking);
    expect(await libvirt.state(domain)).toEqual({ state: 'shutoff', reason: 1 });
    await libvirt.undefine(domain);
    await libvirt.close();
  }, 90_000);

  it('that is gone with its host takes the client with it', async () => {
    const libvirt = await LibvirtClient.connect(await overSsh());
    const closed = new Promise((resolve) => libvirt.once('close', resolve));
    const call = libvirt.listDomains().catch((error: unknown) => error);
    await lab.powerOff(HOST);
    await call;
    expect(await closed).toBeInstanceOf(LibvirtClosed);
    await lab.powerOn(HOST);
  }, 60_000);
});
