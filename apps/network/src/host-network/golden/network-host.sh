umask 022
mkdir -p /run/nubo/net
chmod a+x /run/nubo
echo 'nubo-batch' '0' >&2
( set -e
nft -f - <<'NUBO_DOCUMENT'
table bridge nubo_net
delete table bridge nubo_net
table bridge nubo_net {
  chain ports {
    type filter hook prerouting priority -300; policy accept;
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
    udp dport 4789 @th,96,24 4096 ip saddr != { 10.77.0.11, 10.77.0.12 } drop
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
echo 'e97d11de1a1ec94101ae0488d80c6ebd' > /run/nubo/net/filters.digest
) </dev/null >&2
[ $? -ne 0 ] || echo 'nubo-done' '0'
echo 'nubo-batch' '1' >&2
( set -e
ip link add 'nb4096' type bridge forward_delay 0 mcast_snooping 0
[ ! -e '/proc/sys/net/ipv6/conf/nb4096' ] || echo 1 > '/proc/sys/net/ipv6/conf/nb4096/disable_ipv6'
ip link set 'nb4096' mtu '1450' up
ip link add 'nx4096' type vxlan id '4096' local '10.77.0.20' dstport '4789' ttl 64
[ ! -e '/proc/sys/net/ipv6/conf/nx4096' ] || echo 1 > '/proc/sys/net/ipv6/conf/nx4096/disable_ipv6'
ip link set 'nx4096' mtu '1450' master 'nb4096' up
bridge -batch - <<'NUBO_DOCUMENT'
fdb append 00:00:00:00:00:00 dev nx4096 dst 10.77.0.11
fdb append 00:00:00:00:00:00 dev nx4096 dst 10.77.0.12
NUBO_DOCUMENT
) </dev/null >&2
[ $? -ne 0 ] || echo 'nubo-done' '1'
echo 'nubo-batch' '2' >&2
( set -e
/bin/sh -c 'is_ours() { tr '\''\0'\'' '\'' '\'' < "/proc/$pid/cmdline" | grep -qF "conf-file=$1"; }
for pid in $(pidof dnsmasq); do
  is_ours "$1" || continue
  [ "/proc/$pid/ns/net" -ef "/run/netns/$3" ] || nsenter --target "$pid" --net ip link del "$2"
  kill -KILL "$pid"
  n=0; while is_ours "$1" && [ $n -lt 100 ]; do sleep 0.02; n=$((n + 1)); done
done
exit 0' nubo '/run/nubo/nr-aaaaaaaa/dnsmasq.conf' 'ex0' 'nr-aaaaaaaa' 2>/dev/null
rm -rf '/run/nubo/nr-aaaaaaaa'
ip -n 'nr-aaaaaaaa' link del 'ex0' 2>/dev/null || :
[ ! -e '/run/netns/nr-aaaaaaaa' ] || ip netns del 'nr-aaaaaaaa'
rm -f '/run/nubo/net/nr-aaaaaaaa.listing' '/run/nubo/net/nr-aaaaaaaa.digest'
ip netns add 'nr-aaaaaaaa'
nsenter '--net=/run/netns/nr-aaaaaaaa' /bin/sh -ec 'echo 1 > /proc/sys/net/ipv4/ip_forward
cd /proc/sys/net/ipv4/conf
echo 0 > all/send_redirects; echo 0 > default/send_redirects
echo 1 > all/arp_notify; echo 1 > default/arp_notify
echo 1 > default/rp_filter
for f in /proc/sys/net/ipv6/conf/all/disable_ipv6 /proc/sys/net/ipv6/conf/default/disable_ipv6; do [ ! -e "$f" ] || echo 1 > "$f"; done
for f in /proc/sys/net/bridge/bridge-nf-call-*tables; do [ ! -e "$f" ] || echo 0 > "$f"; done
ip link set lo up'
ip link add link 'under0' name 'ex0' netns 'nr-aaaaaaaa' address '02:81:ff:79:fa:9f' type macvlan mode bridge
ip -n 'nr-aaaaaaaa' -batch - <<'NUBO_DOCUMENT'
link set ex0 down
link set ex0 address 02:81:ff:79:fa:9f
addr flush dev ex0
addr add 10.77.0.100/24 dev ex0
link set ex0 up
route replace default via 10.77.0.1 dev ex0 onlink
NUBO_DOCUMENT
[ ! -e '/sys/class/net/nv4096' ] || ip link del 'nv4096'
ip link add 'nv4096' type veth peer name 'in4096' netns 'nr-aaaaaaaa'
[ ! -e '/proc/sys/net/ipv6/conf/nv4096/disable_ipv6' ] || echo 1 > '/proc/sys/net/ipv6/conf/nv4096/disable_ipv6'
ip link set 'nv4096' mtu '1450' master 'nb4096' up
ip -n 'nr-aaaaaaaa' -batch - <<'NUBO_DOCUMENT'
link set in4096 address 02:7b:1c:70:dc:02 mtu 1450
addr flush dev in4096
addr add 190.0.0.1/24 brd + dev in4096
link set in4096 up
NUBO_DOCUMENT
nsenter '--net=/run/netns/nr-aaaaaaaa' /bin/sh -ec 'nft -f -; nft list table inet nubo_net' > '/run/nubo/net/nr-aaaaaaaa.listing' <<'NUBO_DOCUMENT'
table inet nubo_net
delete table inet nubo_net
table inet nubo_net {
  set protected {
    type ipv4_addr
    flags interval
    auto-merge
    elements = { 127.0.0.0/8, 169.254.0.0/16, 10.77.0.11, 10.77.0.12, 10.77.0.20 }
  }
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    iifname "in*" udp dport 67 accept
    icmp type echo-request accept
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    ct state invalid drop
    oifname "ex0" ip daddr @protected drop
    iifname "in*" oifname "ex0" accept
    iifname "in*" oifname "in*" accept
    ct status dnat accept
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    oifname "ex0" masquerade
  }
}
NUBO_DOCUMENT
echo '32bfa0eaf1bd602b08e9d7671e02aff5' > '/run/nubo/net/nr-aaaaaaaa.digest'
/bin/sh -c 'is_ours() { tr '\''\0'\'' '\'' '\'' < "/proc/$pid/cmdline" | grep -qF "conf-file=$1"; }
for pid in $(pidof dnsmasq); do
  is_ours "$1" || continue
  [ "/proc/$pid/ns/net" -ef "/run/netns/$3" ] || nsenter --target "$pid" --net ip link del "$2"
  kill -KILL "$pid"
  n=0; while is_ours "$1" && [ $n -lt 100 ]; do sleep 0.02; n=$((n + 1)); done
done
exit 0' nubo '/run/nubo/nr-aaaaaaaa/dnsmasq.conf' 'ex0' 'nr-aaaaaaaa' 2>/dev/null
rm -rf '/run/nubo/nr-aaaaaaaa'
mkdir -p '/run/nubo/nr-aaaaaaaa/hosts'
/bin/sh -ec 'while read -r file line; do printf '\''%s\n'\'' "$line" > "$1/new"; mv "$1/new" "$1/hosts/$file"; done' nubo '/run/nubo/nr-aaaaaaaa' <<'NUBO_DOCUMENT'
00000001-0000-4000-8000-0000000000c1 52:54:00:00:00:01,190.0.0.2,vm-1
00000002-0000-4000-8000-0000000000c2 52:54:00:00:00:02,190.0.0.3,vm-2
NUBO_DOCUMENT
cat > '/run/nubo/nr-aaaaaaaa/dnsmasq.conf' <<'NUBO_DOCUMENT'
port=0
bind-dynamic
except-interface=lo
dhcp-authoritative
no-ping
dhcp-hostsdir=/run/nubo/nr-aaaaaaaa/hosts
dhcp-leasefile=/run/nubo/nr-aaaaaaaa/leases
pid-file=/run/nubo/nr-aaaaaaaa/dnsmasq.pid
log-facility=/run/nubo/nr-aaaaaaaa/dnsmasq.log
quiet-dhcp
interface=in4096
dhcp-range=set:s4096,190.0.0.0,static,255.255.255.0,1h
dhcp-option=tag:s4096,option:router,190.0.0.1
dhcp-option-force=tag:s4096,option:mtu,1450
NUBO_DOCUMENT
nsenter '--net=/run/netns/nr-aaaaaaaa' dnsmasq '--conf-file=/run/nubo/nr-aaaaaaaa/dnsmasq.conf'
) </dev/null >&2
[ $? -ne 0 ] || echo 'nubo-done' '2'
exit 0
