/** What is run on hosts to save disks of VMs; each reads its variables from what stands before it. */
import { raw } from '@nubo/remote';

/** The host has not the room: nothing was written. */
export const NO_ROOM = 73;
/** What {@link NO_ROOM} says on stderr: the bytes that are free, and those that would be needed. */
export const NO_ROOM_SAYS = /nubo-no-room (\d+) (\d+)/;
/** Stays free for the guests of the host, whose disks grow meanwhile, bytes. */
export const SPARE = 1024 ** 3;

/** `$max`: no flat disk is larger. du(1) counts what is allocated; so it does not count holes. */
const ROOM = `allocated() { set -- $(du -s --block-size=1 "$1"); echo "\${1:-0}"; }
flat() {
  both=$(($(allocated "$1") + $(allocated "$base")))
  if [ "$both" -lt "$max" ]; then echo "$both"; else echo "$max"; fi
}
has_room() {
  free=$(df --block-size=1 --output=avail "$folder" | tail -n 1)
  [ "$free" -ge $(($1 + ${SPARE})) ] && return
  echo "nubo-no-room $free" $(($1 + ${SPARE})) >&2
  exit ${NO_ROOM}
}`;

/** A part of a copy that found no room must not keep the room from the guests, which qemu stops without it. */
export const COPY_SCRIPT = raw(`set -e
umask 077
${ROOM}
mkdir -p "$folder"
rm -f "$folder/disk.qcow2" "$folder/disk.part"
has_room $(($(allocated "$disk") + $(flat "$disk")))
trap 'rm -f "$folder/disk.part"' EXIT
trap 'exit 1' HUP INT TERM
cp --reflink=auto --sparse=always "$disk" "$folder/disk.part"
mv "$folder/disk.part" "$folder/disk.qcow2"`);

/** The chain is spelt out: what the disk's header says of it is not followed. A crafted one must not eat the host. */
export const FLATTEN_SCRIPT = raw(`set -e
umask 077
${ROOM}
cd "$folder"
if [ ! -e flat.sha256 ]; then
  rm -f flat.qcow2
  has_room "$(flat disk.qcow2)"
  trap '[ -e flat.sha256 ] || rm -f flat.qcow2 flat.part' EXIT
  trap 'exit 1' HUP INT TERM
  prlimit --as=2147483648 --cpu=3600 --core=0 --fsize="$max" -- qemu-img convert -O qcow2 --image-opts \\
    "driver=qcow2,file.driver=file,file.filename=$folder/disk.qcow2,backing.driver=qcow2,backing.file.driver=file,backing.file.filename=$base" flat.qcow2
  sync flat.qcow2
  sha256sum flat.qcow2 | cut -d ' ' -f 1 >flat.part
  mv flat.part flat.sha256
fi
stat -c %s flat.qcow2
cat flat.sha256`);
