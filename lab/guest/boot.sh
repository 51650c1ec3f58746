#!/bin/sh
# Start-up of the guest: a NoCloud client, networking, SSH, HTTP, ACPI shutdown and the agent of QEMU.
export PATH=/bin:/sbin:/usr/bin:/usr/sbin
seed=/run/seed

uptime_s() { cut -d' ' -f1 /proc/uptime; }

mount -t tmpfs run /run
mkdir -p /dev/pts $seed
mount -t devpts devpts /dev/pts
modules=/lib/modules/$(uname -r)
for m in failover net_failover virtio_net virtio-rng virtio_balloon virtio_console button evdev cdrom isofs; do
  [ -f $modules/$m.ko ] && insmod $modules/$m.ko 2>/dev/null
done
ip link set lo up
echo "[guest] userspace at $(uptime_s)s"

# ---- NoCloud: any file system labelled cidata holds meta-data, user-data and perhaps network-config
device=$(findfs LABEL=cidata 2>/dev/null || findfs LABEL=CIDATA 2>/dev/null)
if [ -n "$device" ]; then
  mount -o ro "$device" /mnt && cp /mnt/* $seed/ && umount /mnt
fi
name=$(sed -n 's/^local-hostname: *//p' $seed/meta-data 2>/dev/null | tr -d '"')
[ -n "$name" ] && echo "$name" >/etc/hostname
hostname -F /etc/hostname
id=$(sed -n 's/^instance-id: *//p' $seed/meta-data 2>/dev/null | tr -d '"')
first_boot=no
if [ "$id" != "$(cat /var/lib/instance-id 2>/dev/null)" ] || [ ! -e /var/lib/instance-id ]; then
  first_boot=yes
  rm -f /etc/dropbear/*_key
  sed -n 's/^ *- *"\{0,1\}\(\(ssh-\|ecdsa-\|sk-\)[^"]*\)"\{0,1\} *$/\1/p' $seed/user-data $seed/meta-data 2>/dev/null >/root/.ssh/authorized_keys
  chmod 600 /root/.ssh/authorized_keys
  echo "hello from $(hostname)" >/var/www/index.html
  echo "$id" >/var/lib/instance-id
fi

# ---- network: static where network-config (version 2) says so, else DHCP; IPv6 by the kernel's SLAAC
static=$(sed 's/to: *[^ ,}]*//' $seed/network-config 2>/dev/null | grep -oE '([0-9]+\.){3}[0-9]+/[0-9]+' | head -n 1)
gateway=$(grep -E '(gateway4|via):' $seed/network-config 2>/dev/null | grep -oE '([0-9]+\.){3}[0-9]+$' | head -n 1)
mtu=$(sed -n 's/^ *mtu: *//p' $seed/network-config 2>/dev/null | head -n 1)
for path in /sys/class/net/*; do
  nic=${path##*/}
  [ "$nic" = lo ] && continue
  ip link set "$nic" up
  if [ -n "$static" ] && [ "$nic" = eth0 ]; then
    ip addr add "$static" dev "$nic"
    [ -n "$mtu" ] && ip link set "$nic" mtu "$mtu"
    [ -n "$gateway" ] && ip route add default via "$gateway"
    echo "[guest] static $static gateway ${gateway:-none}"
  else
    udhcpc -i "$nic" -b -S -t 20 -T 1 -A 2 -p "/run/udhcpc.$nic.pid" -x "hostname:$(hostname)" -O mtu \
      -s /usr/share/udhcpc/default.script </dev/null >/dev/null 2>&1 &
  fi
done

# ---- services
[ -f /etc/dropbear/dropbear_ed25519_host_key ] \
  || dropbearkey -t ed25519 -f /etc/dropbear/dropbear_ed25519_host_key >/dev/null 2>&1
dropbear -r /etc/dropbear/dropbear_ed25519_host_key -s -p 22
httpd -p 80 -h /var/www
if [ -e /dev/input/event0 ]; then
  mkdir -p /etc/acpi/PWRF
  printf '#!/bin/sh\npoweroff\n' >/etc/acpi/PWRF/00000080
  chmod +x /etc/acpi/PWRF/00000080
  acpid -l /var/log/acpid.log
fi

# ---- user-data: a script runs once per instance-id
if [ $first_boot = yes ] && [ "$(head -c 2 $seed/user-data 2>/dev/null)" = '#!' ]; then
  cp $seed/user-data /var/lib/user-data.sh
  chmod +x /var/lib/user-data.sh
  (
    /var/lib/user-data.sh >/var/log/user-data.log 2>&1
    echo "[guest] user-data rc=$?" >/dev/console
  ) &
fi
echo "[guest] ready at $(uptime_s)s host=$(hostname)"

# ---- the agent of QEMU, last: it takes 2 MB and nobody waits for it
for port in /sys/class/virtio-ports/*; do
  [ "$(cat "$port/name" 2>/dev/null)" = org.qemu.guest_agent.0 ] \
    && qemu-ga -d -m virtio-serial -p "/dev/${port##*/}" -f /run/qemu-ga.pid -t /run
done
