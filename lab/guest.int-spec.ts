// Boots the guest image under the libvirt of a lab host: what the platform's own tests take for granted about guests.
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { guestImage } from './image';
import { Lab } from './lab';

const HOST = 'lab-guest';
const GUEST = '203.0.113.10';

const DOMAIN = `<domain type='qemu'>
  <name>guest</name><memory unit='MiB'>128</memory><os><type machine='pc'>hvm</type></os><features><acpi/></features>
  <devices>
    <disk type='file'><driver name='qemu' type='qcow2'/><source file='/var/lib/nubo/disk.qcow2'/><target dev='vda' bus='virtio'/></disk>
    <disk type='file'><driver name='qemu' type='raw'/><source file='/var/lib/nubo/seed.iso'/><target dev='vdb' bus='virtio'/><readonly/></disk>
    <interface type='bridge'><mac address='52:54:00:00:00:10'/><source bridge='br0'/><model type='virtio'/></interface>
    <serial type='pty'><log file='/var/log/libvirt/qemu/guest.console'/></serial>
  </devices>
</domain>`;

const SCRIPT = `set -e
ip link add br0 type bridge
ip addr add 203.0.113.1/24 dev br0
ip link set br0 up
dnsmasq -C /dev/null --interface=br0 --bind-dynamic --except-interface=lo --port=0 --dhcp-range=203.0.113.0,static,1h \
  --dhcp-host=52:54:00:00:00:10,${GUEST} --dhcp-option=26,1450 --dhcp-leasefile=/run/leases --pid-file=/run/dnsmasq.pid
cd /var/lib/nubo
qemu-img create -q -f qcow2 -b guest.qcow2 -F qcow2 disk.qcow2
ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id
printf 'instance-id: i-1\\nlocal-hostname: web\\npublic-keys:\\n  - %s\\n' "$(cat /root/.ssh/id.pub)" > meta-data
printf '#!/bin/sh\\necho made by user-data > /var/www/made\\n' > user-data
genisoimage -quiet -o seed.iso -V cidata -J -r meta-data user-data
cat > domain.xml
virsh -q define domain.xml
virsh -q start guest`;

describe('the guest image', () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await Lab.attach();
    await lab.startHosts([HOST]);
    const image = await readFile(await guestImage());
    await lab.execOnHost(HOST, 'cat > /var/lib/nubo/guest.qcow2', { stdin: image });
    expect(await lab.execOnHost(HOST, SCRIPT, { stdin: DOMAIN })).toMatchObject({ code: 0 });
  }, 60_000);

  afterAll(() => lab.powerOff(HOST));

  function get(path: string): Promise<string> {
    const request = `exec 3<>/dev/tcp/${GUEST}/80 && printf 'GET ${path} HTTP/1.0\\r\\n\\r\\n' >&3 && timeout 5 cat <&3`;
    return lab.execOnHost(HOST, request, { timeoutMs: 10_000 }).then(({ stdout }) => stdout);
  }

  async function until(condition: () => Promise<boolean>): Promise<void> {
    for (let attempt = 0; attempt < 240 && !(await condition()); attempt += 1) await sleep(250);
  }

  it('boots, takes its address by DHCP, and answers HTTP and SSH with the client’s address', async () => {
    await until(async () => (await get('/cgi-bin/whoami')).includes('host='));
    expect(await get('/cgi-bin/whoami')).toContain('host=web client=203.0.113.1\n');
    const ssh = `ssh -i /root/.ssh/id -o StrictHostKeyChecking=no root@${GUEST}`;
    const { stdout } = await lab.execOnHost(
      HOST,
      `${ssh} 'hostname; echo $SSH_CONNECTION; cat /sys/class/net/eth0/mtu; ip route'`,
    );
    expect(stdout).toMatch(/^web\n203\.0\.113\.1 \d+ 203\.0\.113\.10 22\n1450\ndefault via 203\.0\.113\.1 /);
  }, 90_000);

  it('has run its user-data', async () => {
    await until(async () => (await get('/made')).includes('made by user-data'));
    expect(await get('/made')).toContain('made by user-data');
  }, 90_000);

  it('shuts down when ACPI asks it to', async () => {
    await lab.execOnHost(HOST, 'virsh shutdown guest');
    await until(async () => (await lab.execOnHost(HOST, 'virsh domstate guest')).stdout.includes('shut off'));
    expect((await lab.execOnHost(HOST, 'virsh domstate guest')).stdout).toContain('shut off');
  }, 90_000);
});
