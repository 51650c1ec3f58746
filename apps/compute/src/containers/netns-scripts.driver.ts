/** What is run on hosts for the networks of containers: a namespace each, with one card, at the place of a VM's tap. */
import { raw, sh, type ShellCommand } from '@nubo/remote';

/** A card as `network` describes its port; filters stand and the bridge is there when the port is active. */
export interface Card {
  portId: string;
  /** The end on the host, `np<8 hex>`: what may be sent through it is tied to this name. */
  device: string;
  bridge: string;
  mac: string;
  mtu: number;
  ip: string;
  prefix: number;
  gateway: string;
  /** Whose it is. */
  owner: string;
}

const namespaceOf = (portId: string): string => `nc-${portId.slice(0, 8)}`;

/** What a container's spec names as its network namespace. */
export const namespacePath = (portId: string): string => `/run/netns/${namespaceOf(portId)}`;

/** A file for each namespace, which says whose it is: as long as the host is up, as they are. */
const PLUGS = '/run/nubo/plugs';

/** Before the namespace is there: none stays that nobody finds. */
const NOTE_OWNER = raw(`mkdir -p "$plugs"
printf '%s\\n' "$owner" >"$plugs/$ns"`);

/** A name whose maker was killed is a file with no namespace behind it. */
const MAKE_NAMESPACE = raw(`if ! ip -n "$ns" link show lo >/dev/null 2>&1; then
  ip netns del "$ns" 2>/dev/null || rm -f "/run/netns/$ns"
  ip netns add "$ns"
fi`);

/** Both ends come and go together. */
const MAKE_CARD =
  raw(`if ! ip -n "$ns" link show eth0 >/dev/null 2>&1 || ! ip link show "$device" >/dev/null 2>&1; then
  ip link del "$device" 2>/dev/null || :
  ip -n "$ns" link del eth0 2>/dev/null || :
  ip link add "$device" type veth peer name eth0 netns "$ns"
fi`);

/**
 * Root of a container's user namespace has no power over a namespace that the host made: without these settings it could
 * open no port below 1024 and send no ping.
 */
const OPEN_PORTS = raw(`nsenter --net="/run/netns/$ns" sh -c 'cd /proc/sys/net/ipv4
echo 0 >ip_unprivileged_port_start
echo 0 2147483647 >ping_group_range'`);

/** The host's end comes last: nothing is sent before all is set. */
const SET_CARD = raw(`ip -n "$ns" link set lo up
ip -n "$ns" link set eth0 address "$mac" mtu "$mtu" up
ip -n "$ns" addr replace "$address" dev eth0
ip link set "$device" mtu "$mtu" master "$bridge" up
ip -n "$ns" route replace default via "$gateway"`);

/** Makes the namespace of a port with its card, or what is missing of it; harmless when all is there, also while a container runs in it. */
export function plugScript(card: Card): ShellCommand {
  const { portId, device, bridge, mac, mtu, ip, prefix, gateway, owner } = card;
  return sh`set -e
ns=${namespaceOf(portId)} device=${device} bridge=${bridge} mac=${mac} mtu=${mtu} address=${`${ip}/${prefix}`} gateway=${gateway} plugs=${PLUGS} owner=${owner}
${NOTE_OWNER}
${MAKE_NAMESPACE}
${MAKE_CARD}
${OPEN_PORTS}
${SET_CARD}`;
}

/** Takes the card away, which silences whatever still runs, then the namespace's name. Harmless when nothing is there. */
export function unplugScript({ portId, device }: Pick<Card, 'portId' | 'device'>): ShellCommand {
  const namespace = namespaceOf(portId);
  return sh`ip link del ${device} 2>/dev/null
ip netns del ${namespace} 2>/dev/null || rm -f ${namespacePath(portId)}
rm -f ${`${PLUGS}/${namespace}`}`;
}

/**
 * The same for all whose owner is this one, or begins with this word, whatever its ports were. A namespace and its device
 * have the port's eight digits.
 */
export function unplugAllScript(owner: string): ShellCommand {
  return sh`cd ${PLUGS} 2>/dev/null || exit 0
for ns in $(grep -ls -e ${`^${owner}\\( \\|$\\)`} nc-*); do
  ip link del "np\${ns#nc-}" 2>/dev/null
  ip netns del "$ns" 2>/dev/null || rm -f "/run/netns/$ns"
  rm -f "$ns"
done`;
}

/** Prints the owner of each namespace that is on the host, one a line. */
export const PLUGGED_SCRIPT = raw(`cat ${PLUGS}/nc-* 2>/dev/null || :`);

/** Prints `<device> <bytes that came in> <bytes that went out>` of every card of ours, as the guest behind it counts. */
export const TRAFFIC_SCRIPT = raw(`cd /sys/class/net && for device in np*; do
  [ ! -e "$device/statistics" ] ||
    echo "$device $(cat "$device/statistics/tx_bytes" "$device/statistics/rx_bytes" | tr '\\n' ' ')"
done`);
