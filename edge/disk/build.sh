#!/bin/bash
# Builds the disk of an instance that is a VM: the root file system of containers, a kernel, and a start that does what a container
# runtime does. A BIOS-bootable qcow2 (syslinux on a FAT partition, ext4 root), made without mounts and loop devices.
# Usage: build.sh KERNEL_PACKAGE ARCHIVE OUTPUT; the caller holds the lock of OUTPUT's folder.
set -euo pipefail
kernel_package=$1
archive=$2
output=$3
here=$(cd "$(dirname "$0")" && pwd)
guest=$here/../../lab/guest
export PATH=$PATH:/usr/sbin:/sbin

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

module() { # NAME TARGET_FOLDER
  find "$from/lib/modules" -name "$1.ko" -exec cp {} "$2/" \;
}

# ---- root
root=$work/root
mkdir "$root"
tar -C "$root" -xf "$archive"
mkdir -p "$root"/etc/init.d "$root/usr/share/udhcpc" "$root/lib/modules/$version"
for name in failover net_failover virtio_net virtio-rng virtio_balloon button evdev cdrom isofs; do
  module "$name" "$root/lib/modules/$version"
done
ln -sf /bin/busybox "$root/sbin/init"
install -m 755 "$here/boot.sh" "$root/etc/init.d/rcS"
install -m 755 "$here/instance.sh" "$root/sbin/nubo-edge-vm"
install -m 755 "$guest/dhcp.sh" "$root/usr/share/udhcpc/default.script"
install -m 644 "$here/inittab" "$root/etc/inittab"
echo edge >"$root/etc/hostname"

# ---- initial RAM disk: finds the root partition
ird=$work/initrd
mkdir -p "$ird"/{bin,dev,proc,sys,modules,newroot}
cp "$root/bin/busybox" "$ird/bin/"
for applet in sh mount insmod switch_root findfs sleep; do
  ln -s busybox "$ird/bin/$applet"
done
for name in virtio virtio_ring virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk; do
  module "$name" "$ird/modules"
done
install -m 755 "$guest/initrd-init.sh" "$ird/init"
(cd "$ird" && find . | cpio --quiet -o -H newc -R 0:0 | gzip -9) >"$work/initrd.img"

# ---- disk: 1 MiB | FAT with kernel and initial RAM disk | ext4 with room for content
boot_mib=20
root_mib=4096
disk=$work/disk.raw
truncate -s $((boot_mib + root_mib + 2))M "$disk"
sfdisk -q "$disk" <<END
label: dos
start=1MiB, size=${boot_mib}MiB, type=c, bootable
start=$((1 + boot_mib))MiB, size=${root_mib}MiB, type=83
END
dd if=/usr/lib/syslinux/mbr/mbr.bin of="$disk" bs=440 count=1 conv=notrunc status=none

fat=$work/boot.img
truncate -s ${boot_mib}M "$fat"
mkfs.vfat -F 16 -n BOOT "$fat" >/dev/null
mcopy -i "$fat" "$from/boot/vmlinuz-$version" ::/vmlinuz
mcopy -i "$fat" "$work/initrd.img" ::/initrd.img
mcopy -i "$fat" "$guest/syslinux.cfg" ::/syslinux.cfg
syslinux --install "$fat"

ext=$work/root.img
truncate -s ${root_mib}M "$ext"
mke2fs -q -t ext4 -L root -d "$root" "$ext"

dd if="$fat" of="$disk" bs=1M seek=1 conv=notrunc,sparse status=none
dd if="$ext" of="$disk" bs=1M seek=$((1 + boot_mib)) conv=notrunc,sparse status=none
qemu-img convert -c -f raw -O qcow2 "$disk" "$output.$$"
mv "$output.$$" "$output"
