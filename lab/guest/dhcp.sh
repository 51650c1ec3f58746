#!/bin/sh
# udhcpc calls this with deconfig, bound or renew; the lease is in the environment.
case $1 in
deconfig)
  ip addr flush dev "$interface" scope global
  ;;
bound | renew)
  ip -4 addr flush dev "$interface"
  ip addr add "$ip/${mask:-24}" dev "$interface"
  [ -n "$mtu" ] && ip link set "$interface" mtu "$mtu"
  if [ -n "$router" ]; then
    ip route del default 2>/dev/null
    ip route add default via "${router%% *}" dev "$interface"
  fi
  : >/etc/resolv.conf
  [ -n "$domain" ] && echo "search $domain" >>/etc/resolv.conf
  for server in $dns; do
    echo "nameserver $server" >>/etc/resolv.conf
  done
  [ -n "$hostname" ] && [ ! -e /run/seed/meta-data ] && hostname "$hostname"
  echo "[guest] dhcp $interface $ip gateway ${router:-none}" >/dev/console
  ;;
esac
