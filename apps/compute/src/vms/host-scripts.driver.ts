/** What is run on hosts for the files of VMs; each reads its variables from what stands before it. */
import { raw } from '@nubo/remote';

/** qemu runs as another user on most hosts: it must be able to pass our folders, not to list them. */
export const DISK_SCRIPT = raw(`set -e
umask 077
mkdir -p "$folder"
chmod 0711 /var/lib/nubo "$(dirname "$folder")" "$folder"
echo "$platform" >"$folder/owner"
[ -e "$folder/disk.qcow2" ] && exit 0
qemu-img create -q -f qcow2 -F qcow2 -b "$image" "$folder/disk.qcow2.new" "$size"
mv "$folder/disk.qcow2.new" "$folder/disk.qcow2"`);

/** The documents come one after another on stdin; GNU head reads no byte beyond its count. */
export const SEED_SCRIPT = raw(`set -e
umask 077
[ -e "$folder/seed.iso" ] && exit 0
rm -rf "$folder/seed" && mkdir "$folder/seed" && cd "$folder/seed"
head -c "$meta" >meta-data
head -c "$user" >user-data
cat >network-config
[ -s network-config ] || rm network-config
genisoimage -quiet -o ../seed.iso.new -V cidata -J -r *
mv ../seed.iso.new ../seed.iso
cd .. && rm -r seed`);

/** When pid 1 began (field 22 of proc(5) stat, after the last parenthesis) tells hosts that share a kernel apart. */
export const BOOT_SCRIPT = raw(
  `cat /proc/sys/kernel/random/boot_id && sed 's/.*) //' /proc/1/stat | cut -d' ' -f20`,
);

/** virtlogd (libvirt 9.0) begins a new file at 2 MiB and keeps three old ones (virtlogd.conf): the newest old one is `.0`. */
export const CONSOLE_SCRIPT = raw(`for log in "$folder/console.log.0" "$folder/console.log"; do
  [ ! -e "$log" ] || tail -c "$bytes" "$log"
done | tail -c "$bytes" | tail -n "$lines"`);
