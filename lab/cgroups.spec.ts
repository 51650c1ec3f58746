import { parseHierarchies } from './cgroups';

describe('the control group hierarchies of a machine', () => {
  it('are one where version 2 alone is mounted', () => {
    const text = '30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n';
    expect(parseHierarchies(text)).toEqual([{ mountPoint: '/sys/fs/cgroup', version: 2, options: '' }]);
  });

  it('are several on a hybrid layout, each named by its mount options', () => {
    const text = [
      '31 30 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
      '32 30 0:28 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct',
      '33 30 0:29 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd',
    ].join('\n');
    expect(parseHierarchies(text)).toEqual([
      { mountPoint: '/sys/fs/cgroup/unified', version: 2, options: '' },
      { mountPoint: '/sys/fs/cgroup/cpu,cpuacct', version: 1, options: 'cpu,cpuacct' },
      { mountPoint: '/sys/fs/cgroup/systemd', version: 1, options: 'none,name=systemd' },
    ]);
  });

  it('are not those of containers that have mounted their own elsewhere', () => {
    expect(parseHierarchies('40 30 0:26 / /srv/box/cgroup rw - cgroup2 cgroup2 rw\n')).toEqual([]);
  });
});
