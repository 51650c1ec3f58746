#!/bin/bash
# Builds the Debian guest: Debian 12 with cloud-init, netplan and OpenSSH, a qcow2. mmdebstrap mounts in a namespace that ends with it.
# Usage: build.sh KERNEL_PACKAGE OUTPUT
set -euo pipefail
kernel_package=$1
output=$2
here=$(cd "$(dirname "$0")" && pwd)
export here PATH=$PATH:/usr/sbin:/sbin
. "$here/../disk/layout.sh"

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

mv "$root/boot/vmlinuz-$version" "$work/vmlinuz"
mv "$root/boot/initrd.img-$version" "$work/initrd.img"
rm -r "$root"/boot/*

boot_mib=64 root_mib=1024 append='root=LABEL=root rw'
make_disk "$work" "$work/vmlinuz" "$work/initrd.img" "$root" "$output"
