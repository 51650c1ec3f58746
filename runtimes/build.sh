#!/bin/bash
# Builds the root file system (a packed tar archive) that projects of a language run in, from Debian packages, which are downloaded and
# unpacked but not installed. Usage: build.sh RUNTIME OUTPUT [fresh]; the caller holds the lock of OUTPUT's folder.
set -euo pipefail
output=$2
here=$(cd "$(dirname "$0")" && pwd)/$1

[ -e "$output" ] && [ "${3:-}" != fresh ] && exit 0 # another builder was faster
work=$(dirname "$output")/work # a killed builder's work is thrown away
rm -rf "$work"
mkdir -p "$work/debs/partial" "$work/root"
trap 'rm -rf "$work"' EXIT

apt-cache show busybox-static >/dev/null 2>&1 || apt-get -qq update
# With nothing installed, apt fetches all that the packages need.
: >"$work/status"
# shellcheck disable=SC2046
apt-get -qq -y -o Dir::State::status="$work/status" -o Dir::Cache::archives="$work/debs" -o APT::Sandbox::User=root \
  -o Debug::NoLocking=true --no-install-recommends --download-only install $(cat "$here/packages") busybox-static ca-certificates >&2

# Of what is needed to install, to administer and to boot, nothing runs in a container.
without='openssl|dpkg|tar|perl.*|debconf|usrmerge|init-system-helpers|mount|dmsetup|systemd.*|procps|psmisc|iproute2|ucf|sensible-utils|libcap2-bin|fonts-.*|fontconfig-config|gcc-12-base|adduser|passwd|util-linux.*|e2fsprogs|logsave|media-types|libmagic-mgc|readline-common'
root=$work/root
for deb in "$work"/debs/*.deb; do
  name=$(basename "$deb")
  [[ ${name%%_*} =~ ^($without)$ ]] || dpkg-deb -x "$deb" "$root"
done

# ---- one place for programs and libraries: Debian's packages of before the merge of /usr name both
for name in bin sbin lib lib64; do
  [ -d "$root/$name" ] && [ ! -L "$root/$name" ] || continue
  mkdir -p "$root/usr/$name"
  cp -a "$root/$name/." "$root/usr/$name/"
  rm -rf "${root:?}/$name"
done
for name in bin sbin lib lib64; do
  mkdir -p "$root/usr/$name"
  ln -sfn "usr/$name" "$root/$name"
done
rm -rf "$root"/usr/share/{doc,man,info,locale,lintian,bug,doc-base,bash-completion,nodejs/npm,fonts,X11,zsh,perl5} \
  "$root"/usr/include "$root"/usr/games "$root"/var/lib "$root"/var/cache "$root"/etc/{init.d,logrotate.d,cron.d,systemd,apache2} \
  "$root"/usr/lib/{systemd,tmpfiles.d} "$root"/usr/lib/*/{perl,perl-base,gconv,systemd} "$root"/usr/lib/*/libperl* "$root"/usr/lib/python3*/test
find "$root" -name '*.a' -delete

# ---- what shells and people expect
for applet in $("$root/bin/busybox" --list); do
  [ -e "$root/usr/bin/$applet" ] || [ -e "$root/usr/sbin/$applet" ] || ln -s busybox "$root/usr/bin/$applet"
done
mkdir -p "$root"/{dev,proc,sys,run,site,srv,etc,root,tmp,var/log,var/lib/nginx}
printf 'root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33:www-data:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$root/etc/passwd"
printf 'root:x:0:\nwww-data:x:33:\nnogroup:x:65534:\n' >"$root/etc/group"
printf '127.0.0.1 localhost\n' >"$root/etc/hosts"
mkdir -p "$root/etc/ssl/certs"
cat "$root"/usr/share/ca-certificates/mozilla/*.crt >"$root/etc/ssl/certs/ca-certificates.crt"
cp -r "$here/rootfs/." "$root/"
chmod 755 "$root/usr/sbin/nubo-run"
if [ -e "$here/finish.sh" ]; then bash "$here/finish.sh" "$root"; fi
find "$root" -type d -exec chmod 755 {} +
chmod 1777 "$root/tmp"
chmod 700 "$root/root"
# Libraries are found by what ldconfig wrote.
ldconfig -r "$root"

tar -C "$root" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf - . | gzip -6n >"$output.$$"
mv "$output.$$" "$output"
