// An instance that is a VM: boots under the libvirt of a lab host, and does what its user-data says.
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Lab } from '../lab';
import { edgeDisk } from './image';

const HOST = 'lab-edge';
const GUEST = '203.0.113.10';
const TOKEN = 'token-of-the-instance';

const DOMAIN = `<domain type='qemu'>
  <name>edge</name><memory unit='MiB'>128</memory><os><type machine='pc'>hvm</type></os><features><acpi/></features>
  <devices>
    <disk type='file'><driver name='qemu' type='qcow2'/><source file='/var/lib/nubo/disk.qcow2'/><target dev='vda' bus='virtio'/></disk>
    <disk type='file'><driver name='qemu' type='raw'/><source file='/var/lib/nubo/seed.iso'/><target dev='vdb' bus='virtio'/><readonly/></disk>
    <interface type='bridge'><mac address='52:54:00:00:00:10'/><source bridge='br0'/><model type='virtio'/></interface>
    <serial type='pty'><log file='/var/log/libvirt/qemu/edge.console'/></serial>
  </devices>
</domain>`;

const SCRIPT = `set -e
ip link add br0 type bridge
ip addr add 203.0.113.1/24 dev br0
ip link set br0 up
cd /var/lib/nubo
qemu-img create -q -f qcow2 -b edge.qcow2 -F qcow2 disk.qcow2
printf 'instance-id: i-1\\nlocal-hostname: loc7\\n' > meta-data
printf '#nubo\\nNUBO_ROLE=edge\\nNUBO_TOKEN=${TOKEN}\\nNUBO_LOCATION=loc7\\nNUBO_BAD=$(reboot)\\n' > user-data
printf 'version: 2\\nethernets:\\n  eth0:\\n    addresses: [${GUEST}/24]\\n    gateway4: 203.0.113.1\\n    mtu: 1450\\n' > network-config
genisoimage -quiet -o seed.iso -V cidata -J -r meta-data user-data network-config
cat > domain.xml
virsh -q define domain.xml
virsh -q start edge`;

describe('an instance that is a VM', () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await Lab.attach();
    await lab.startHosts([HOST]);
    const disk = await readFile(await edgeDisk());
    await lab.execOnHost(HOST, 'cat > /var/lib/nubo/edge.qcow2', { stdin: disk });
    expect(await lab.execOnHost(HOST, SCRIPT, { stdin: DOMAIN })).toMatchObject({ code: 0 });
  }, 60_000);

  afterAll(() => lab.powerOff(HOST));

  /** What is answered on a port of the guest, as it came. */
  const ask = async (port: number, request: string): Promise<string> => {
    const connect = `exec 3<>/dev/tcp/${GUEST}/${port} && cat >&3 && timeout 5 cat <&3`;
    const text = `${request}\r\nHost: edge\r\nConnection: close\r\n\r\n`;
    return (await lab.execOnHost(HOST, connect, { stdin: text, timeoutMs: 10_000 })).stdout;
  };
  const until = async (condition: () => Promise<boolean>): Promise<void> => {
    for (let attempt = 0; attempt < 240 && !(await condition()); attempt += 1) await sleep(250);
  };
  const state = (): Promise<string> => ask(8081, `GET /state HTTP/1.1\r\nAuthorization: Bearer ${TOKEN}`);

  it('boots, takes role and token from its user-data, and answers its control API', async () => {
    await until(async () => (await state()).includes('200 OK'));
    expect(await state()).toContain('"location":"loc7"');
    expect(await ask(8081, 'GET /state HTTP/1.1')).toContain('401');
    expect(await ask(80, 'GET / HTTP/1.1')).toContain('X-Nubo-Location: loc7');
  }, 120_000);

  it('shuts down when ACPI asks it to', async () => {
    const domain = async (): Promise<string> => (await lab.execOnHost(HOST, 'virsh domstate edge')).stdout;
    await lab.execOnHost(HOST, 'virsh shutdown edge');
    await until(async () => (await domain()).includes('shut off'));
    expect(await domain()).toContain('shut off');
  }, 90_000);
});
