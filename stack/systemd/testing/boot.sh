#!/bin/sh
# boot.sh WORK PROJECT NODE: in namespaces of our own, this machine's files under an overlay (kept in WORK from boot to
# boot), and systemd as the first process with no unit but those that a test installs. PROJECT is at /opt/nubo, NODE at
# /opt/node.
set -eu
work=$1 project=$2 node=$3
first=
[ -d "$work/upper" ] || first=yes
mkdir -p "$work/upper" "$work/work" "$work/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/work" "$work/root"
cd "$work/root"
mkdir -p opt/nubo old
: >opt/node
mount --bind "$project" opt/nubo
mount --bind "$node" opt/node
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
mount --bind "$work/console" dev/console
mount -t tmpfs tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp

# What this machine starts at its boot stays out, and what is made from its fstab and init.d too.
if [ "$first" ]; then
  rm -rf etc/systemd/system
  mkdir etc/systemd/system
fi
mount -t tmpfs tmpfs usr/lib/systemd/system-generators
mount -t tmpfs tmpfs usr/lib/systemd/system
for unit in sysinit basic network shutdown umount timers; do
  printf '[Unit]\nDescription=%s\n' "$unit" >"usr/lib/systemd/system/$unit.target"
done
printf '[Unit]\nRequires=basic.target\nAfter=basic.target\n' >usr/lib/systemd/system/multi-user.target

if [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; then
  mount -t cgroup2 cgroup2 sys/fs/cgroup
else
  mount -t tmpfs tmpfs sys/fs/cgroup
  mkdir sys/fs/cgroup/systemd
  mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd
fi

pivot_root . old
umount -l /old
# systemd gives credentials to a part by a mount that comes out of a namespace of its own.
mount --make-rshared /
export container=nubo-test SYSTEMD_LOG_TARGET=console SYSTEMD_LOG_LEVEL=info
exec /lib/systemd/systemd --system --unit=multi-user.target <dev/console >dev/console 2>&1
