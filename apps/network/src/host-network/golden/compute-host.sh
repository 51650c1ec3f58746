umask 022
mkdir -p /run/nubo/net
chmod a+x /run/nubo
echo 'nubo-batch' '0' >&2
( set -e
nft -f - <<'NUBO_DOCUMENT'
table bridge nubo_net
delete table bridge nubo_net
table bridge nubo_net {
  chain from_np00000001 {
    ether saddr != 52:54:00:00:00:01 drop
    ether type arp arp saddr ether 52:54:00:00:00:01 arp saddr ip { 0.0.0.0, 190.0.0.2 } accept
    ether type ip udp sport 67 drop
    ether type ip ip saddr 190.0.0.2 accept
    ether type ip ip saddr 0.0.0.0 ip daddr 255.255.255.255 udp sport 68 udp dport 67 accept
    drop
  }
  chain ports {
    type filter hook prerouting priority -300; policy accept;
    iifname vmap {
      "np00000001" : jump from_np00000001
    }
    iifname "np*" drop
  }
  chain host {
    type filter hook input priority -300; policy accept;
    iifname { "nx4096", "nv4096" } drop
    iifname "np*" drop
  }
}
table inet nubo_net
delete table inet nubo_net
table inet nubo_net {
  chain guests {
    type filter hook prerouting priority -300; policy accept;
    iifname { "nx4096", "nv4096" } drop
    iifname "np*" drop
  }
  chain vxlan {
    type filter hook input priority -300; policy accept;
    udp dport 4789 @th,96,24 4096 ip saddr != { 10.77.0.12, 10.77.0.20 } drop
  }
}
table arp nubo_net
delete table arp nubo_net
table arp nubo_net {
  chain guests {
    type filter hook input priority -300; policy accept;
    iifname { "nx4096", "nv4096" } drop
    iifname "np*" drop
  }
}
NUBO_DOCUMENT
rm -f /run/nubo/net/filters.listing
nft list table 'bridge' 'nubo_net' >> /run/nubo/net/filters.listing
nft list table 'inet' 'nubo_net' >> /run/nubo/net/filters.listing
nft list table 'arp' 'nubo_net' >> /run/nubo/net/filters.listing
echo 'a454f9a1df935a33395537266f15a158' > /run/nubo/net/filters.digest
) </dev/null >&2
[ $? -ne 0 ] || echo 'nubo-done' '0'
echo 'nubo-batch' '1' >&2
( set -e
ip link add 'nb4096' type bridge forward_delay 0 mcast_snooping 0
[ ! -e '/proc/sys/net/ipv6/conf/nb4096' ] || echo 1 > '/proc/sys/net/ipv6/conf/nb4096/disable_ipv6'
ip link set 'nb4096' mtu '1450' up
ip link add 'nx4096' type vxlan id '4096' local '10.77.0.11' dstport '4789' ttl 64
[ ! -e '/proc/sys/net/ipv6/conf/nx4096' ] || echo 1 > '/proc/sys/net/ipv6/conf/nx4096/disable_ipv6'
ip link set 'nx4096' mtu '1450' master 'nb4096' up
bridge -batch - <<'NUBO_DOCUMENT'
fdb append 00:00:00:00:00:00 dev nx4096 dst 10.77.0.12
fdb append 00:00:00:00:00:00 dev nx4096 dst 10.77.0.20
NUBO_DOCUMENT
) </dev/null >&2
[ $? -ne 0 ] || echo 'nubo-done' '1'
exit 0
