#!/bin/bash
# PID 1 of a lab host. First it enters the host's control groups (HOST_GROUPS, folders) and makes them the root of what the host
# sees; then init.sh takes over.
set -eu
for folder in $HOST_GROUPS; do
  echo 0 >"$folder/cgroup.procs"
done
exec unshare --cgroup bash "$(dirname "$0")/init.sh"
