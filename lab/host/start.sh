#!/bin/bash
# Powers a lab host on: plugs its network namespace into the fabric, then becomes the process that holds its other namespaces.
# Reads HOST_NAME, HOST_ADDRESS, HOST_ADDRESS6, HOST_UNDERLAY, HOST_GATEWAY and what boot.sh needs.
set -eu
n=$HOST_NAME

ip netns add "$n"
# The card keeps its address across reboots, or the others' ARP caches would lead nowhere for seconds.
card=$(printf '02:4e:75:62:6f:%02x' "${HOST_ADDRESS##*.}")
ip -n fab link add "p-$n" type veth peer name "$HOST_UNDERLAY" address "$card" netns "$n"
ip -n fab link set "p-$n" master br0 up
ip -n "$n" -batch - <<END
link set lo up
addr add $HOST_ADDRESS/24 dev $HOST_UNDERLAY
addr add $HOST_ADDRESS6/64 dev $HOST_UNDERLAY nodad
link set $HOST_UNDERLAY up
route add default via $HOST_GATEWAY
END

# Not "ip netns exec": it would mount a sysfs over /sys and hide the control groups.
exec nsenter --net="/run/netns/$n" \
  unshare --mount --propagation private --uts --ipc --pid --fork --kill-child --mount-proc \
  bash "$(dirname "$0")/boot.sh"
