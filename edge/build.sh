#!/bin/bash
# Builds the root file system of an instance (a tar archive) from Debian packages, which are downloaded and unpacked but not installed.
# Usage: build.sh OUTPUT [fresh]; the caller holds the lock of OUTPUT's folder.
set -euo pipefail
output=$1
here=$(cd "$(dirname "$0")" && pwd)

[ -e "$output" ] && [ "${2:-}" != fresh ] && exit 0 # another builder was faster
work=$(dirname "$output")/work # a killed builder's work is thrown away
rm -rf "$work"
mkdir -p "$work/debs" "$work/unpacked"
trap 'rm -rf "$work"' EXIT

cd "$work/debs"
apt-cache show nginx >/dev/null 2>&1 || apt-get -qq update
apt-get -qq -o APT::Sandbox::User=root download nginx nginx-common libnginx-mod-http-lua libnginx-mod-http-ndk \
  libnginx-mod-http-brotli-static libluajit2-5.1-2 lua-resty-core lua-resty-lrucache lua-cjson busybox-static ca-certificates \
  libc6 libcrypt1 libgcc-s1 libpcre2-8-0 libpcre3 libssl3 zlib1g
for deb in *.deb; do
  dpkg-deb -x "$deb" "$work/unpacked"
done
from=$work/unpacked
root=$work/root
libs=$(dirname "$(find "$from" -name libssl.so.3)")
triplet=$(basename "$libs")

mkdir -p "$root"/{bin,sbin,dev,proc,sys,run,srv,mnt,etc/nginx,etc/ssl/certs,var/lib/nginx,var/log,lib64} \
  "$root"/usr/{bin,sbin,lib/lua/5.1,lib/nginx,share/lua/5.1,share/nginx} "$root/lib/$triplet"
mkdir -m 1777 "$root/tmp"
mkdir -m 700 "$root/root"

# ---- programs
cp "$from/bin/busybox" "$root/bin/"
for applet in $("$from/bin/busybox" --list); do
  [ "$applet" = busybox ] || ln -s /bin/busybox "$root/bin/$applet"
done
cp "$from/usr/sbin/nginx" "$root/usr/sbin/"
cp -r "$from/usr/lib/nginx/modules" "$root/usr/lib/nginx/"
ln -s /usr/lib/nginx/modules "$root/usr/share/nginx/modules"

# ---- libraries: what nginx and its modules are linked with
for name in libc.so.6 libm.so.6 libgcc_s.so.1 libcrypt.so.1 libpcre2-8.so.0 libpcre.so.3 libssl.so.3 libcrypto.so.3 libz.so.1 \
  libluajit-5.1.so.2; do
  cp -L "$(find "$from" -name "$name" | head -n 1)" "$root/lib/$triplet/"
done
loader=$(find "$from" -name 'ld-linux*.so.*' | head -n 1)
cp -L "$loader" "$root/lib64/"
[ "$triplet" = x86_64-linux-gnu ] || cp -L "$loader" "$root/lib/"
cp -rL "$from"/usr/share/lua/5.1/{ngx,resty} "$root/usr/share/lua/5.1/"
cp -L "$from/usr/lib/$triplet/lua/5.1/cjson.so" "$root/usr/lib/lua/5.1/"

# ---- configuration
cp "$from/etc/nginx/mime.types" "$root/etc/nginx/"
cat "$from"/usr/share/ca-certificates/mozilla/*.crt >"$root/etc/ssl/certs/ca-certificates.crt"
printf 'root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33:www-data:/:/bin/false\n' >"$root/etc/passwd"
printf 'root:x:0:\nwww-data:x:33:\n' >"$root/etc/group"
printf '127.0.0.1 localhost\n' >"$root/etc/hosts"
cp -r "$here/rootfs/." "$root/"
find "$root" -type d ! -path "$root/tmp" ! -path "$root/root" -exec chmod 755 {} +
chmod 755 "$root/sbin/nubo-edge"

tar -C "$root" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf "$output.$$" .
mv "$output.$$" "$output"
