// Runs inside "lab run", as all integration tests do. Its hosts have names of their own: other test files share the lab.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { capture, type CommandResult } from './command';
import { Lab, type LabHost } from './lab';

const HOSTS = ['lab-a', 'lab-b'];

describe('lab hosts', () => {
  let lab: Lab;
  let folder: string;

  beforeAll(async () => {
    lab = await Lab.attach();
    folder = await mkdtemp(join(tmpdir(), 'nubo-lab-spec-'));
    await writeFile(join(folder, 'askpass'), '#!/bin/sh\nprintf %s "$LAB_PASSWORD"\n', { mode: 0o700 });
    await lab.startHosts(HOSTS);
    await lab.startHosts(['lab-gw'], { roles: ['network'] });
  }, 60_000);

  afterAll(async () => {
    await Promise.all([...HOSTS, 'lab-gw'].map((name) => lab.powerOff(name)));
    await rm(folder, { recursive: true, force: true });
  });

  function logIn(host: LabHost, command: string): Promise<CommandResult> {
    const options = ['StrictHostKeyChecking=yes', `UserKnownHostsFile=${join(folder, 'known_hosts')}`];
    const argv = ['setsid', '-w', 'ssh', ...options.flatMap((option) => ['-o', option])];
    const env = {
      SSH_ASKPASS: join(folder, 'askpass'),
      SSH_ASKPASS_REQUIRE: 'force',
      LAB_PASSWORD: host.password,
    };
    return capture([...argv, `${host.user}@${host.address}`, command], { env });
  }

  async function hostKeys(host: LabHost): Promise<string> {
    const { stdout } = await capture(['ssh-keyscan', '-t', 'ed25519', host.address]);
    await writeFile(join(folder, 'known_hosts'), stdout);
    await writeFile(join(folder, 'scan'), stdout);
    return (await capture(['ssh-keygen', '-l', '-f', join(folder, 'scan')])).stdout;
  }

  it('let root in with the password over SSH, and show the host key they are known for', async () => {
    const host = lab.host('lab-a');
    expect(await hostKeys(host)).toContain(host.hostKeyFingerprint);
    expect(await logIn(host, 'hostname; echo $HOME; ls -A')).toMatchObject({
      code: 0,
      stdout: 'lab-a\n/root\n.ssh\n',
    });
    const stranger = await logIn({ ...host, password: lab.host('lab-b').password }, 'hostname');
    expect(stranger).toMatchObject({ code: 255, stdout: '' });
  });

  it('have the limits of Debian’s sshd', async () => {
    const { stdout } = await lab.execOnHost('lab-a', ['/usr/sbin/sshd', '-T']);
    expect(stdout).toMatch(/^maxsessions 10$/m);
    expect(stdout).toMatch(/^maxstartups 10:30:100$/m);
    expect(stdout).toMatch(/^allowstreamlocalforwarding yes$/m);
  });

  it('each run a libvirt of their own', async () => {
    const xml = `<domain type='qemu'><name>only-here</name><memory>65536</memory><os><type>hvm</type></os></domain>`;
    const defined = await lab.execOnHost('lab-a', 'cat > /tmp/d.xml && virsh define /tmp/d.xml', {
      stdin: xml,
    });
    expect(defined.code).toBe(0);
    const lists = await Promise.all(HOSTS.map((name) => lab.execOnHost(name, 'virsh list --all --name')));
    expect(lists.map(({ stdout }) => stdout.trim())).toEqual(['only-here', '']);
    const uuids = await Promise.all(
      HOSTS.map((name) => lab.execOnHost(name, 'virsh capabilities | grep -m1 uuid')),
    );
    expect(uuids[0]?.stdout).not.toBe(uuids[1]?.stdout);
    expect((await lab.execOnHost('lab-gw', 'virsh list')).code).not.toBe(0);
  });

  it('reach each other and the outside client over the fabric', async () => {
    const ping = (address: string) => ['ping', '-c', '1', '-W', '2', address];
    const results = await Promise.all([
      lab.execOnHost('lab-a', ping(lab.host('lab-b').address)),
      lab.execOnHost('lab-b', ping(lab.external.gateway)),
      lab.outside.exec(ping(lab.host('lab-a').address)),
    ]);
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
  });

  it('come back from a power cut with their files and keys, but with no device and no process of before', async () => {
    const before = lab.host('lab-b');
    await lab.execOnHost(
      'lab-b',
      'echo kept > /var/lib/nubo/f; ip link add br9 type bridge; ip netns add nr-1; (sleep 1000 &) >/dev/null 2>&1',
    );
    await lab.powerOff('lab-b');
    expect((await lab.leftovers()).filter((line) => line.includes('lab-b'))).toEqual([]);
    await expect(lab.execOnHost('lab-b', 'true')).rejects.toThrow('lab-b is off');
    await lab.powerOn('lab-b');
    expect(lab.host('lab-b')).toEqual(before);
    const look = 'cat /var/lib/nubo/f; ls /sys/class/net; ip netns; pgrep -c sleep; virsh list';
    const { stdout } = await lab.execOnHost('lab-b', look);
    expect(stdout).toMatch(/^kept\nlo\nunder0\n1\n Id/);
  });

  it('can change their host key as a new installation does', async () => {
    const before = lab.host('lab-b');
    const after = await lab.changeHostKey('lab-b');
    expect(after.hostKeyFingerprint).not.toBe(before.hostKeyFingerprint);
    expect(await hostKeys(after)).toContain(after.hostKeyFingerprint);
  });

  it('write nothing on the machine they run on', async () => {
    const files = '/etc/nubo-spec /var/lib/nubo/spec /root/spec /tmp/nubo-spec';
    expect((await lab.execOnHost('lab-a', `touch ${files} && ls ${files}`)).code).toBe(0);
    expect((await capture(['bash', '-c', `ls -d ${files}`])).stdout).toBe('');
  });

  it('are refused a name that is taken or is none', async () => {
    await expect(lab.startHosts(['lab-a'])).rejects.toThrow('lab-a is on already');
    await expect(lab.startHosts(['No'])).rejects.toThrow('not a name for a host');
    expect(() => lab.host('never')).toThrow('There is no host never');
  });
});
