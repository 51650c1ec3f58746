#!/bin/sh
# Runs the instance with what its user-data says: lines NUBO_NAME=value. busybox init starts it again when it ends.
export PATH=/bin:/sbin:/usr/sbin
while IFS='=' read -r name value; do
  export "$name=$value"
done </run/nubo-environment
if ! [ -s /run/nubo-environment ]; then
  echo "[edge] no NUBO_ settings in the user-data" >/dev/console
  exec sleep 60
fi
exec /sbin/nubo-edge >/dev/console 2>&1
