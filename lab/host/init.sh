#!/bin/bash
# PID 1 of a lab host, in all its namespaces: gives it a file system, control groups and kernel settings of its own, starts what
# a host runs, says "ready" on descriptor 3 and reaps orphans.
# Reads HOST_NAME, HOST_DIRECTORY, HOST_LIBVIRT (1 or empty) and HOST_HIERARCHIES ("mountpoint:options …").
set -eu
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
d=$HOST_DIRECTORY

hostname "$HOST_NAME"

# A fresh sysfs shows the devices of this host's network namespace.
mount -t sysfs sysfs /sys
if [ -n "$HOST_HIERARCHIES" ]; then
  # Version 1 only: libvirt 9 on a hybrid layout looks for its guests in the version 2 hierarchy and fails.
  mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
  for hierarchy in $HOST_HIERARCHIES; do
    mkdir "${hierarchy%%:*}"
    mount -t cgroup -o "${hierarchy#*:}" cgroup "${hierarchy%%:*}"
  done
else
  # A group with children that have controllers may hold no processes itself.
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  mkdir -p /sys/fs/cgroup/init
  echo 0 >/sys/fs/cgroup/init/cgroup.procs
  for controller in $(cat /sys/fs/cgroup/cgroup.controllers); do
    echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control || true
  done
fi

# Overlays: what the host writes stays with the host, and mount points that the machine lacks can be made.
for folder in /etc /var/lib /var/log /var/cache; do
  layer=$d/layers$folder
  mount -t overlay -o "lowerdir=$folder,upperdir=$layer/upper,workdir=$layer/work" overlay "$folder"
done
bind() { # SOURCE TARGET
  mkdir -p "$2"
  mount --bind "$d/data/$1" "$2"
}
bind ssh /etc/ssh
bind nubo /var/lib/nubo
bind libvirt /var/lib/libvirt
bind libvirt-log /var/log/libvirt
bind libvirt-cache /var/cache/libvirt
bind libvirt-qemu /etc/libvirt/qemu
bind root /root
# The controller's /run goes first: its named network namespaces would keep other hosts' devices alive after their power-off.
umount --recursive --lazy /run
mount -t tmpfs -o mode=755 run /run
mkdir -p /run/netns /run/lock /run/sshd /run/libvirt
mount -t tmpfs -o mode=1777 shm /dev/shm
mount -t tmpfs -o mode=1777 tmp /tmp
mount -t tmpfs -o mode=1777 tmp /var/tmp

echo 1 >/proc/sys/net/ipv4/ip_forward
echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
# Bridged frames of tenants must not pass the host's own IP hooks. Per namespace since Linux 5.3; absent without br_netfilter.
for call in iptables ip6tables arptables; do
  echo 0 2>/dev/null >"/proc/sys/net/bridge/bridge-nf-call-$call" || true
done

cd /
/usr/sbin/sshd 3>&-
if [ -n "$HOST_LIBVIRT" ]; then
  virtlogd -d 3>&-
  libvirtd -d 3>&-
fi
echo ready >&3
exec 3>&- >/dev/null 2>&1

while :; do
  sleep 3600 &
  wait $! || true
done
