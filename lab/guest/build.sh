#!/bin/bash
# Builds the guest image, a qcow2, from Debian packages, which are downloaded and unpacked but not installed.
# Usage: build.sh KERNEL_PACKAGE OUTPUT
set -euo pipefail
kernel_package=$1
output=$2
here=$(cd "$(dirname "$0")" && pwd)
export PATH=$PATH:/usr/sbin:/sbin
. "$here/../disk/layout.sh"

[ -e "$output" ] && exit 0 # another builder was faster
work=$(dirname "$output")/work # the caller holds the lock of this folder; a killed builder's work is thrown away
rm -rf "$work"
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT

# ---- packages
mkdir "$work/debs" "$work/unpacked"
cd "$work/debs"
apt-get -qq -o APT::Sandbox::User=root download "$kernel_package" \
  busybox-static dropbear-bin libc6 libcrypt1 libgmp10 libtomcrypt1 libtommath1 zlib1g \
  qemu-guest-agent libglib2.0-0 libnuma1 libpcre2-8-0 libudev1 liburing2
for deb in *.deb; do
  dpkg-deb -x "$deb" "$work/unpacked"
done
from=$work/unpacked
version=$(basename "$from"/lib/modules/*)

make_initrd "$work" "$from" "$from/bin/busybox" "$work/initrd.img"

# ---- root
root=$work/root
libs=$root/lib/x86_64-linux-gnu
modules=$root/lib/modules/$version
mkdir -p "$root"/{bin,sbin,usr/bin,usr/sbin,etc/init.d,etc/dropbear,dev,proc,sys,run,mnt,var/lib,var/log,var/www/cgi-bin,usr/share/udhcpc,lib64} \
  "$libs" "$modules"
mkdir -m 1777 "$root/tmp"
mkdir -m 700 "$root/root" "$root/root/.ssh"
cp "$from/bin/busybox" "$root/bin/"
for applet in $("$from/bin/busybox" --list); do
  [ "$applet" = busybox ] || ln -s /bin/busybox "$root/bin/$applet"
done
for applet in init getty udhcpc; do
  ln -sf /bin/busybox "$root/sbin/$applet"
done
cp "$from/usr/sbin/dropbear" "$from/usr/sbin/qemu-ga" "$root/usr/sbin/"
cp "$from/usr/bin/dropbearkey" "$from/usr/bin/dbclient" "$root/usr/bin/"
for name in libc.so.6 libcrypt.so.1 libgmp.so.10 libtomcrypt.so.1 libtommath.so.1 libz.so.1 libnss_files.so.2 \
  libglib-2.0.so.0 libgmodule-2.0.so.0 libm.so.6 libnuma.so.1 libpcre2-8.so.0 libudev.so.1 liburing.so.2; do
  cp -L "$(find "$from" -name "$name" | head -n 1)" "$libs/"
done
cp -L "$from/lib64/ld-linux-x86-64.so.2" "$root/lib64/" 2>/dev/null \
  || cp -L "$from/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" "$root/lib64/"
for name in failover net_failover virtio_net virtio-rng virtio_balloon virtio_console button evdev cdrom isofs; do
  module "$from" "$name" "$modules"
done
install -m 755 "$here/boot.sh" "$root/etc/init.d/rcS"
install -m 755 "$here/dhcp.sh" "$root/usr/share/udhcpc/default.script"
install -m 755 "$here/whoami.sh" "$root/var/www/cgi-bin/whoami"
install -m 644 "$here/inittab" "$root/etc/inittab"
echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
echo 'root:x:0:' >"$root/etc/group"
echo 'root:*:19000:0:99999:7:::' >"$root/etc/shadow"
chmod 600 "$root/etc/shadow"
echo /bin/sh >"$root/etc/shells"
echo guest >"$root/etc/hostname"
printf '127.0.0.1 localhost\n::1 localhost\n' >"$root/etc/hosts"

boot_mib=20 root_mib=40 ext4='-O ^has_journal,^metadata_csum'
make_disk "$work" "$from/boot/vmlinuz-$version" "$work/initrd.img" "$root" "$output"
