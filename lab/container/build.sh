#!/bin/bash
# Builds the root file system of the test container: the machine's busybox-static with all its names, a page to serve, a user.
# Same sources, same bytes. Usage: build.sh OUTPUT
set -euo pipefail
output=$1
busybox=/bin/busybox

[ -e "$output" ] && exit 0 # another builder was faster
if ldd "$busybox" >/dev/null 2>&1; then
  echo "$busybox needs libraries: install busybox-static" >&2
  exit 1
fi
work=$(mktemp -d "$(dirname "$output")/work.XXXXXX")
trap 'rm -rf "$work"' EXIT

root=$work/root
mkdir -p "$root"/{bin,dev,etc,home,proc,root,run,sys,tmp,var/www}
chmod 1777 "$root/tmp"
cp "$busybox" "$root/bin/busybox"
for applet in $("$busybox" --list); do
  [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
done
printf 'root:x:0:0:root:/root:/bin/sh\nweb:x:33:33:web:/var/www:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\nweb:x:33:\n' >"$root/etc/group"
echo 'hello from a container' >"$root/var/www/index.html"
chown -R 33:33 "$root/var/www"

tar -C "$root" --sort=name --mtime=@0 --numeric-owner -cf "$work/root.tar" .
gzip -9n "$work/root.tar"
mv "$work/root.tar.gz" "$output"
