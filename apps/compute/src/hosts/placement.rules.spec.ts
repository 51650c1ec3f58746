import { rank, refusalText, type Room } from './placement.rules';

const host = (name: string, change: Partial<Room> = {}): Room => ({
  id: name,
  name,
  state: 'ready',
  roles: ['compute'],
  location: 'loc1',
  vcpus: 8,
  usedVcpus: 0,
  memoryMib: 8192,
  usedMemoryMib: 0,
  diskGib: 100,
  usedDiskGib: 0,
  ...change,
});
const small = { vcpus: 1, memoryMib: 512, diskGib: 1 };
const names = (hosts: Room[]): string[] => hosts.map(({ name }) => name);

describe('placement', () => {
  it('prefers the host that keeps most of its scarcest resource', () => {
    const hosts = [
      host('full-disk', { usedDiskGib: 90 }),
      host('half', { usedMemoryMib: 4096 }),
      host('empty'),
    ];
    expect(names(rank(hosts, small).candidates)).toEqual(['empty', 'half', 'full-disk']);
  });

  it('goes by name among equals', () => {
    expect(names(rank([host('h2'), host('h1')], small).candidates)).toEqual(['h1', 'h2']);
  });

  it('takes the last of a host', () => {
    const almost = host('h1', { usedVcpus: 7, usedMemoryMib: 7680, usedDiskGib: 99 });
    expect(rank([almost], small).refused).toEqual([]);
  });

  it.each<[string, Partial<Room>, string]>([
    ['one that is down', { state: 'down' }, 'is down'],
    ['one that may be down', { state: 'suspect' }, 'is suspect'],
    ['a network host', { roles: ['network'] }, 'does not run guests'],
    ['one elsewhere', { location: 'loc2' }, 'is in loc2'],
    ['one without vCPUs', { usedVcpus: 8 }, 'has 0 vCPUs left, 1 wanted'],
    ['one without memory', { usedMemoryMib: 8000 }, 'has 192 MiB of memory left, 512 wanted'],
    ['one without disk', { usedDiskGib: 100 }, 'has 0 GiB of disk left, 1 wanted'],
  ])('refuses %s and says why', (_sentence, change, reason) => {
    const { candidates, refused } = rank([host('h1', change)], { ...small, location: 'loc1' });
    expect(candidates).toEqual([]);
    expect(refused).toEqual([{ host: 'h1', reason }]);
  });

  it('refuses one that has nothing to run the guest with', () => {
    const hosts = [host('no-libvirt', { libvirtFault: 'dead' }), host('no-podman', { podmanFault: 'dead' })];
    const [vm, container] = [rank(hosts, small), rank(hosts, { ...small, kind: 'container' })];
    expect(vm.refused).toEqual([{ host: 'no-libvirt', reason: 'has a libvirt that does not answer' }]);
    expect(container.refused).toEqual([{ host: 'no-podman', reason: 'has a podman that does not answer' }]);
    expect([names(vm.candidates), names(container.candidates)]).toEqual([['no-podman'], ['no-libvirt']]);
  });

  it('says how many hosts were looked at and why each was refused', () => {
    const refused = [
      { host: 'h1', reason: 'is down' },
      { host: 'h2', reason: 'is in loc2' },
    ];
    expect(refusalText(refused)).toBe('No host has room; 2 looked at: h1 is down; h2 is in loc2.');
    expect(refusalText([])).toBe('No host has room: there is no host yet.');
  });
});
