#!/bin/bash
# Makes one system out of the packages, and takes away what each guest must have for itself.
set -euo pipefail
root=$1

install -m 644 "$here/cloud.cfg" "$root/etc/cloud/cloud.cfg.d/90_guest.cfg"
echo 'LABEL=root / ext4 defaults,noatime 0 0' >"$root/etc/fstab"
echo LANG=C.UTF-8 >"$root/etc/default/locale"
echo localhost >"$root/etc/hostname"
printf '127.0.0.1 localhost\n::1 localhost\n' >"$root/etc/hosts"
chroot "$root" systemctl --quiet enable systemd-networkd systemd-resolved
chroot "$root" systemctl --quiet mask apt-daily.timer apt-daily-upgrade.timer

rm -f "$root"/etc/ssh/ssh_host_*
: >"$root/etc/machine-id"
rm -rf "$root"/usr/share/doc/* "$root"/usr/share/man/* "$root"/usr/share/locale/*
