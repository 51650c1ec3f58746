#!/bin/bash
# PID 1 of an instance's namespaces, in tests: does what a container runtime does, and becomes the image's own start.
# Usage: instance.sh ROOT, with the instance's environment.
set -euo pipefail
cd "$1"
mount -t proc proc proc
mount -t tmpfs -o mode=755 dev dev
for name in null zero full random urandom; do
  : >"dev/$name"
  mount --bind "/dev/$name" "dev/$name"
done
ip link set lo up
exec env -i NUBO_ROLE="$NUBO_ROLE" NUBO_TOKEN="$NUBO_TOKEN" NUBO_LOCATION="$NUBO_LOCATION" NUBO_ORIGIN="$NUBO_ORIGIN" \
  NUBO_WORKERS="$NUBO_WORKERS" /usr/sbin/chroot . /sbin/nubo-edge
