import { Host } from '@nubo/fleet';
import { toHostView } from './hosts.mapper';

const host = Object.assign(new Host(), {
  id: 'a',
  name: 'h1',
  tenantId: null,
  metadata: {},
  version: 1,
  state: 'error',
  stateReason: 'host 10.77.0.11:22: no',
  createdAt: new Date(0),
  updatedAt: new Date(0),
  address: '10.77.0.11',
  hostKey: 'SHA256:key',
  user: 'root',
  underlayAddress: '10.77.0.11',
  bootId: 'b',
  location: 'loc1',
  roles: ['compute'],
  virt: 'qemu',
  vcpus: 8,
  usedVcpus: 1,
  memoryMib: 100,
  usedMemoryMib: 2,
  diskGib: 10,
  usedDiskGib: 3,
  lastSeenAt: null,
  libvirtFault: null,
  podmanFault: null,
});

describe('the view of a host', () => {
  it('tells everybody what there is, and no address', () => {
    const view = toHostView(host, false);
    expect(view).toMatchObject({ name: 'h1', vcpus: { total: 8, used: 1 }, memory: { total: 100, used: 2 } });
    expect(JSON.stringify(view)).not.toMatch(/10\.77|SHA256|root/);
  });

  it('tells administrators how it is reached', () => {
    expect(toHostView(host, true)).toMatchObject({ address: '10.77.0.11', hostKey: 'SHA256:key' });
  });

  it('tells administrators, and nobody else, that its libvirt and its podman are dead', () => {
    const change = { stateReason: null, libvirtFault: 'libvirt is dead', podmanFault: 'podman is dead' };
    const broken = Object.assign(new Host(), host, change);
    expect(toHostView(broken, true).stateReason).toBe('libvirt is dead; podman is dead');
    expect(toHostView(broken, false).stateReason).toBeNull();
    const well = Object.assign(new Host(), host, { stateReason: null });
    expect(toHostView(well, true).stateReason).toBeNull();
  });
});
