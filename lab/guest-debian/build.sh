#!/bin/bash
# Builds the Debian guest: Debian 12 with cloud-init, netplan and OpenSSH as a BIOS-bootable qcow2 (syslinux on a FAT partition,
# ext4 root). Needs no mount of its own and no loop device; mmdebstrap mounts in a namespace that ends with it.
# Usage: build.sh KERNEL_PACKAGE OUTPUT
set -euo pipefail
kernel_package=$1
output=$2
here=$(cd "$(dirname "$0")" && pwd)
export here PATH=$PATH:/usr/sbin:/sbin

[ -e "$output" ] && exit 0   # another builder was faster
work=$(dirname "$output")/work-debian # the caller holds a lock; a killed builder's work is thrown away
rm -rf "$work"
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT

# ---- root
root=$work/root
packages=$kernel_package,ca-certificates,cloud-guest-utils,cloud-init,dbus,e2fsprogs,initramfs-tools,iproute2,iputils-ping
packages=$packages,netbase,netplan.io,openssh-server,sudo,systemd-resolved,systemd-sysv,udev,zstd
TMPDIR=$work mmdebstrap --quiet --mode=root --variant=minbase --include="$packages" \
  --aptopt='APT::Install-Recommends "false"' \
  --essential-hook='bash "$here/before-packages.sh" "$1"' \
  --customize-hook='bash "$here/after-packages.sh" "$1"' \
  bookworm "$root"
version=$(basename "$root"/lib/modules/*)

# ---- disk: 1 MiB | FAT with kernel and initial RAM disk | ext4, last so that it can grow
boot_mib=64
root_mib=1024
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
mcopy -i "$fat" "$root/boot/vmlinuz-$version" ::/vmlinuz
mcopy -i "$fat" "$root/boot/initrd.img-$version" ::/initrd.img
mcopy -i "$fat" "$here/syslinux.cfg" ::/syslinux.cfg
syslinux --install "$fat"
rm -r "$root"/boot/*

ext=$work/root.img
truncate -s ${root_mib}M "$ext"
mke2fs -q -t ext4 -L root -d "$root" "$ext"

dd if="$fat" of="$disk" bs=1M seek=1 conv=notrunc,sparse status=none
dd if="$ext" of="$disk" bs=1M seek=$((1 + boot_mib)) conv=notrunc,sparse status=none
qemu-img convert -c -f raw -O qcow2 "$disk" "$output.$$"
mv "$output.$$" "$output"
