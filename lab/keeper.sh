#!/bin/bash
# PID 1 of a lab, in network, mount, IPC and PID namespaces of its own: it is the controller's ground. It makes the fabric, says
# "ready" on descriptor 3 and reaps orphans. When it is killed, the kernel ends every process of the lab and frees its namespaces.
# Usage: keeper.sh UNDERLAY CTL_ADDRESS CTL_ADDRESS6 OUTSIDE_ADDRESS OUTSIDE_ADDRESS6
set -eu
underlay=$1

mount -t tmpfs -o mode=755 run /run
mkdir -p /run/netns /run/lock
mount -t tmpfs -o mode=1777 shm /dev/shm

join_fabric() { # NETNS ADDRESS ADDRESS6
  ip -n "$1" link set lo up
  ip -n fab link add "p-$1" type veth peer name "$underlay" netns "$1"
  ip -n fab link set "p-$1" master br0 up
  ip -n "$1" addr add "$2/24" dev "$underlay"
  ip -n "$1" addr add "$3/64" dev "$underlay" nodad
  ip -n "$1" link set "$underlay" up
}

ip netns attach ctl 1
ip netns add fab
ip netns add out
ip -n fab link set lo up
ip -n fab link add br0 type bridge forward_delay 0 mcast_snooping 0
ip -n fab link set br0 up
join_fabric ctl "$2" "$3"
join_fabric out "$4" "$5"

echo ready >&3
exec 3>&- >/dev/null 2>&1
while :; do
  sleep 3600 &
  wait $! || true
done
