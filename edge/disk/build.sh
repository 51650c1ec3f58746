#!/bin/bash
# Builds the disk of an instance that is a VM: the root file system of containers, a kernel, and a start that does what a container
# runtime does; a qcow2 with room for content.
# Usage: build.sh KERNEL_PACKAGE ARCHIVE OUTPUT; the caller holds the lock of OUTPUT's folder.
set -euo pipefail
kernel_package=$1
archive=$2
output=$3
here=$(cd "$(dirname "$0")" && pwd)
lab=$here/../../lab
export PATH=$PATH:/usr/sbin:/sbin
. "$lab/disk/layout.sh"

[ -e "$output" ] && exit 0 # another builder was faster
work=$(dirname "$output")/work-disk # a killed builder's work is thrown away
rm -rf "$work"
mkdir -p "$work/debs" "$work/unpacked"
trap 'rm -rf "$work"' EXIT
cd "$work/debs"
apt-get -qq -o APT::Sandbox::User=root download "$kernel_package"
dpkg-deb -x ./*.deb "$work/unpacked"
from=$work/unpacked
version=$(basename "$from"/lib/modules/*)

root=$work/root
mkdir "$root"
tar -C "$root" -xf "$archive"
mkdir -p "$root"/etc/init.d "$root/usr/share/udhcpc" "$root/lib/modules/$version"
for name in failover net_failover virtio_net virtio-rng virtio_balloon button evdev cdrom isofs; do
  module "$from" "$name" "$root/lib/modules/$version"
done
ln -sf /bin/busybox "$root/sbin/init"
install -m 755 "$here/boot.sh" "$root/etc/init.d/rcS"
install -m 755 "$here/instance.sh" "$root/sbin/nubo-edge-vm"
install -m 755 "$lab/guest/dhcp.sh" "$root/usr/share/udhcpc/default.script"
install -m 644 "$here/inittab" "$root/etc/inittab"
echo edge >"$root/etc/hostname"

make_initrd "$work" "$from" "$root/bin/busybox" "$work/initrd.img"
boot_mib=20 root_mib=4096
make_disk "$work" "$from/boot/vmlinuz-$version" "$work/initrd.img" "$root" "$output"
