# What all disks of VMs have in common, for the build.sh of each; sourced by bash. A disk is BIOS-bootable: syslinux on a FAT partition,
# then an ext4 root. Nothing here needs a mount or a loop device.
layout=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

module() { # UNPACKED_PACKAGES NAME FOLDER: copies a module of the kernel
  find "$1/lib/modules" -name "$2.ko" -exec cp {} "$3/" \;
}

# The initial RAM disk of kernels without an initramfs: finds the partition "root" on a virtio disk.
make_initrd() { # WORK UNPACKED_PACKAGES BUSYBOX OUTPUT
  local tree=$1/initrd name
  mkdir -p "$tree"/{bin,dev,proc,sys,modules,newroot}
  cp "$3" "$tree/bin/busybox"
  for name in sh mount insmod switch_root findfs sleep; do
    ln -s busybox "$tree/bin/$name"
  done
  for name in virtio virtio_ring virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk; do
    module "$2" "$name" "$tree/modules"
  done
  install -m 755 "$layout/initrd-init.sh" "$tree/init"
  (cd "$tree" && find . | cpio --quiet -o -H newc -R 0:0 | gzip -9) >"$4"
}

# 1 MiB | FAT with kernel and initial RAM disk | ext4, last so that it can grow. Reads boot_mib and root_mib, and perhaps ext4 (options
# of mke2fs) and append (words for the kernel).
make_disk() { # WORK KERNEL INITRD ROOT_FOLDER OUTPUT
  local disk=$1/disk.raw fat=$1/boot.img ext=$1/root.img
  truncate -s $((boot_mib + root_mib + 2))M "$disk"
  sfdisk -q "$disk" <<END
label: dos
start=1MiB, size=${boot_mib}MiB, type=c, bootable
start=$((1 + boot_mib))MiB, size=${root_mib}MiB, type=83
END
  dd if=/usr/lib/syslinux/mbr/mbr.bin of="$disk" bs=440 count=1 conv=notrunc status=none

  cat >"$1/syslinux.cfg" <<END
DEFAULT linux
PROMPT 0
TIMEOUT 0
SERIAL 0 115200
LABEL linux
 KERNEL /vmlinuz
 INITRD /initrd.img
 APPEND ${append:+$append }console=ttyS0 quiet net.ifnames=0 mitigations=off tsc=reliable random.trust_cpu=on panic=5
END
  truncate -s "${boot_mib}M" "$fat"
  mkfs.vfat -F 16 -n BOOT "$fat" >/dev/null
  mcopy -i "$fat" "$2" ::/vmlinuz
  mcopy -i "$fat" "$3" ::/initrd.img
  mcopy -i "$fat" "$1/syslinux.cfg" ::/syslinux.cfg
  syslinux --install "$fat"

  truncate -s "${root_mib}M" "$ext"
  # Options are words.
  mke2fs -q -t ext4 ${ext4:-} -L root -d "$4" "$ext"

  dd if="$fat" of="$disk" bs=1M seek=1 conv=notrunc,sparse status=none
  dd if="$ext" of="$disk" bs=1M seek=$((1 + boot_mib)) conv=notrunc,sparse status=none
  qemu-img convert -c -f raw -O qcow2 "$disk" "$5.$$"
  mv "$5.$$" "$5"
}
