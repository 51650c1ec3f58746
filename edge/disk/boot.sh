#!/bin/sh
# Start-up of an instance that is a VM: a NoCloud client, networking and ACPI shutdown.
export PATH=/bin:/sbin:/usr/bin:/usr/sbin
seed=/run/seed

mount -t tmpfs run /run
mkdir -p /dev/pts /dev/shm $seed
mount -t tmpfs shm /dev/shm
modules=/lib/modules/$(uname -r)
for m in failover net_failover virtio_net virtio-rng virtio_balloon button evdev cdrom isofs; do
  [ -f $modules/$m.ko ] && insmod $modules/$m.ko 2>/dev/null
done
ip link set lo up

# ---- NoCloud: any file system labelled cidata holds meta-data, user-data and perhaps network-config
device=$(findfs LABEL=cidata 2>/dev/null || findfs LABEL=CIDATA 2>/dev/null)
if [ -n "$device" ]; then
  mount -o ro "$device" /mnt && cp /mnt/* $seed/ && umount /mnt
fi
name=$(sed -n 's/^local-hostname: *//p' $seed/meta-data 2>/dev/null | tr -d '"')
hostname "${name:-edge}"
grep -E '^NUBO_[A-Z]+=[A-Za-z0-9._ -]+$' $seed/user-data >/run/nubo-environment 2>/dev/null

# ---- network: static where network-config (version 2) says so, else DHCP
static=$(sed 's/to: *[^ ,}]*//' $seed/network-config 2>/dev/null | grep -oE '([0-9]+\.){3}[0-9]+/[0-9]+' | head -n 1)
gateway=$(grep -E '(gateway4|via):' $seed/network-config 2>/dev/null | grep -oE '([0-9]+\.){3}[0-9]+$' | head -n 1)
mtu=$(sed -n 's/^ *mtu: *//p' $seed/network-config 2>/dev/null | head -n 1)
ip link set eth0 up
if [ -n "$static" ]; then
  ip addr add "$static" dev eth0
  [ -n "$mtu" ] && ip link set eth0 mtu "$mtu"
  [ -n "$gateway" ] && ip route add default via "$gateway"
else
  # Foreground until there is a lease: nginx reads the name servers once.
  udhcpc -i eth0 -S -t 20 -T 1 -A 2 -b -p /run/udhcpc.pid -x "hostname:$(hostname)" -O mtu \
    -s /usr/share/udhcpc/default.script </dev/null >/dev/null 2>&1
fi

if [ -e /dev/input/event0 ]; then
  mkdir -p /etc/acpi/PWRF
  printf '#!/bin/sh\npoweroff\n' >/etc/acpi/PWRF/00000080
  chmod +x /etc/acpi/PWRF/00000080
  acpid -l /var/log/acpid.log
fi
echo "[edge] booted as $(hostname)" >/dev/console
