#!/bin/bash
# What Debian does when it installs PHP: each extension is loaded, in the order that its file names. Usage: finish.sh ROOT
set -euo pipefail
conf=$1/etc/php/8.2/fpm/conf.d
rm -rf "$1/etc/php/8.2/cli"
mkdir -p "$conf"
for ini in "$1"/usr/share/php8.2-*/*/*.ini; do
  priority=$(sed -n 's/^; priority=//p' "$ini")
  cp "$ini" "$conf/${priority:-20}-$(basename "$ini")"
done
cp "$1/usr/lib/php/8.2/php.ini-production" "$1/etc/php/8.2/fpm/php.ini"
printf 'include_path = .\nsession.save_path = /tmp\nopcache.validate_timestamps = 0\n' >"$conf/99-nubo.ini"
rm -rf "$1"/usr/share/php8.2-* "$1"/usr/bin/{php,phar}* "$1"/etc/nginx/{sites-*,snippets,modules-*} "$1"/usr/share/nginx
