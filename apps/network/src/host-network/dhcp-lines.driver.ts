import { sh } from '@nubo/remote';
import type { Action } from './actions';
import { configFile, hostsFolder, runFolder } from './dhcp.rules';
import { documentOn, inside, type Line } from './lines.driver';
import { UPLINK } from './names.rules';

type Of<K extends Action['do']> = Extract<Action, { do: K }>;

/**
 * $1 configuration file, $2 name of the uplink, $3 namespace. Ends every dnsmasq with that configuration, whatever has
 * become of its pid file, and waits until it is gone (2 s at most). One in a namespace that has no name any more gives
 * its uplink back first. Its command line is empty once it is a zombie.
 */
const END_DNSMASQ = `is_ours() { tr '\\0' ' ' < "/proc/$pid/cmdline" | grep -qF "conf-file=$1"; }
for pid in $(pidof dnsmasq); do
  is_ours "$1" || continue
  [ "/proc/$pid/ns/net" -ef "/run/netns/$3" ] || nsenter --target "$pid" --net ip link del "$2"
  kill -KILL "$pid"
  n=0; while is_ours "$1" && [ $n -lt 100 ]; do sleep 0.02; n=$((n + 1)); done
done
exit 0`;

const end = (namespace: string): Line =>
  sh`/bin/sh -c ${END_DNSMASQ} nubo ${[configFile(namespace), UPLINK, namespace]} 2>/dev/null`;

/** $1 folder; lines `<file> <text>` on stdin. A file appears whole: dnsmasq reads it once. */
const ADD_HOSTS = `while read -r file line; do printf '%s\\n' "$line" > "$1/new"; mv "$1/new" "$1/hosts/$file"; done`;

export function dhcpHostLines({ namespace, hosts }: Pick<Of<'dhcp-hosts'>, 'namespace' | 'hosts'>): Line[] {
  const lines = Object.entries(hosts).map(([file, line]) => `${file} ${line}\n`);
  if (lines.length === 0) return [];
  return documentOn(sh`/bin/sh -ec ${ADD_HOSTS} nubo ${runFolder(namespace)}`, lines.join(''));
}

export function dhcpLines({ namespace, config, hosts }: Of<'dhcp'>): Line[] {
  return [
    ...dropDhcpLines(namespace),
    sh`mkdir -p ${hostsFolder(namespace)}`,
    ...dhcpHostLines({ namespace, hosts }),
    ...documentOn(sh`cat > ${configFile(namespace)}`, config),
    inside(namespace, sh`dnsmasq ${`--conf-file=${configFile(namespace)}`}`),
  ];
}

/** Must succeed when there is none. */
export function dropDhcpLines(namespace: string): Line[] {
  return [end(namespace), sh`rm -rf ${runFolder(namespace)}`];
}
