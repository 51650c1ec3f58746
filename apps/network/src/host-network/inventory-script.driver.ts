/**
 * Prints everything of ours in a host’s network: sections that begin with a line `#<section> [<namespace>]`. One process
 * per namespace where that is enough: `ip netns exec` would mount a new /sys.
 */

/**
 * A table is `intact` when its listing is the one that was seen right after it was installed: nft prints a table
 * differently from how it was written, but always in the same way. $1: its families, $2: what it is called.
 */
const TABLE = `table() {
  digest=
  read -r digest < "/run/nubo/net/$2.digest"
  listing=$(for family in $1; do nft list table "$family" nubo_net; done)
  if [ -z "$listing" ]; then echo none
  elif [ "$listing" = "$(cat "/run/nubo/net/$2.listing")" ]; then echo "intact $digest"; else echo changed; fi
}`;

const INSIDE = `${TABLE}
folder=/run/nubo/$1
forward=; ipv6=; pid=; comm=
read -r forward < /proc/sys/net/ipv4/ip_forward
read -r ipv6 < /proc/sys/net/ipv6/conf/all/disable_ipv6
echo "#settings $1"; echo "$forward,$ipv6"
echo "#rules $1"; table inet "$1"
echo "#devices $1"; ip -j addr show
echo "#route $1"; ip -j route show default
echo "#dhcp $1"
read -r pid < "$folder/dnsmasq.pid"
if [ -n "$pid" ] && [ "/proc/$pid/ns/net" -ef "/run/netns/$1" ]; then
  read -r comm < "/proc/$pid/comm"
  [ "$comm" != dnsmasq ] || echo running
fi
echo "#config $1"; cat "$folder/dnsmasq.conf"
echo "#hosts $1"; cd "$folder" && grep -r . hosts`;

export const INVENTORY = `exec 2>/dev/null
${TABLE}
echo '#links'; ip -j -d link show
echo '#fdb'; bridge -j fdb show
echo '#ipv6'; grep -s . /proc/sys/net/ipv6/conf/n[bx][1-9]*/disable_ipv6
echo '#bridge-filtering'; cat /proc/sys/net/bridge/bridge-nf-call-iptables /proc/sys/net/bridge/bridge-nf-call-ip6tables /proc/sys/net/bridge/bridge-nf-call-arptables
echo '#filters'; table 'bridge inet arp' filters
inside=$(cat <<'END'
${INSIDE}
END
)
for path in /run/netns/nr-*; do
  [ -e "$path" ] || continue
  name=\${path##*/}
  echo "#router $name"
  nsenter --net="$path" /bin/sh -c "$inside" sh "$name"
done
exit 0
`;
