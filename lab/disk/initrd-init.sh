#!/bin/sh
# PID 1 of the initial RAM disk: waits for the partition labelled "root" and starts the system on it.
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
for m in virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk; do
  insmod /modules/$m.ko
done
tries=0
until root=$(findfs LABEL=root 2>/dev/null); do
  tries=$((tries + 1))
  [ $tries -gt 100 ] && echo "[initrd] no root partition" && exec sh
  sleep 0.1
done
mount -t ext4 -o noatime "$root" /newroot
for d in dev proc sys; do
  mount --move /$d /newroot/$d
done
exec switch_root /newroot /sbin/init
