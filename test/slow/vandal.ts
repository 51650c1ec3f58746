/** Somebody who kills processes, cuts the power of hosts and removes what the platform has made there. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { World } from '../../demo/world';
import type { Chance } from './chance';
import { PODMAN } from './hosts';

const VICTIMS = [
  ...(['gateway', 'tenant', 'compute', 'network', 'pat', 'cdn', 'hosting'] as const),
  ...(['postgres', 'nats'] as const),
];
type Victim = (typeof VICTIMS)[number];

/** One line of shell each; what it says is told. */
const DAMAGE = [
  'd=$(ls /sys/class/net | grep ^nb | head -n 1); [ -z "$d" ] || ip link del "$d"; echo "bridge $d"',
  'd=$(ls /sys/class/net | grep ^nx | tail -n 1); [ -z "$d" ] || ip link del "$d"; echo "vxlan $d"',
  'nft delete table bridge nubo_net 2>/dev/null; echo filters',
  'v=$(virsh -q list --uuid | head -n 1); [ -z "$v" ] || virsh -q destroy "$v"; echo "destroyed $v"',
  'v=$(virsh -q list --uuid | tail -n 1); [ -z "$v" ] || { virsh -q destroy "$v"; virsh -q undefine "$v"; }; echo "undefined $v"',
  `${PODMAN}; c=$(podman ps -q | head -n 1); [ -z "$c" ] || podman kill "$c" >/dev/null; echo "killed container $c"`,
  `${PODMAN}; c=$(podman ps -aq | tail -n 1); [ -z "$c" ] || podman rm -f -t 0 "$c" >/dev/null; echo "removed container $c"`,
  'n=$(ls /run/netns | grep ^nc- | head -n 1); [ -z "$n" ] || ip netns del "$n"; echo "wire $n"',
  // A lab host has nobody who starts it again, as systemd does.
  'kill -9 $(pidof libvirtd); sleep 1; libvirtd -d >/dev/null 2>&1; echo libvirtd',
];
const ROUTER_DAMAGE = [
  'n=$(ls /run/netns | grep ^nr- | head -n 1); [ -z "$n" ] || ip netns del "$n"; echo "router $n"',
  'p=$(pidof dnsmasq | cut -d " " -f 1); [ -z "$p" ] || kill -9 "$p"; echo "dnsmasq $p"',
  'n=$(ls /run/netns | grep ^nr- | tail -n 1); [ -z "$n" ] || ip netns exec "$n" nft flush ruleset; echo "rules of $n"',
  'n=$(ls /run/netns | grep ^nr- | tail -n 1); [ -z "$n" ] || ip netns exec "$n" nft delete table ip nubo_pat; echo "map of $n"',
];

export class Vandal {
  readonly done: string[] = [];
  private readonly off = new Set<string>();

  constructor(
    private readonly world: World,
    private readonly chance: Chance,
  ) {}

  async act(): Promise<void> {
    const what = this.chance.next();
    if (what < 0.6) return this.kill(this.chance.pick(VICTIMS) ?? 'compute');
    const host = this.chance.pick(this.world.hostNames) ?? '';
    if (this.off.has(host)) return this.powerOn(host);
    return what < 0.75 ? this.powerOff(host) : this.damage(host);
  }

  /** All hosts are on again, all processes answer. */
  async stop(): Promise<void> {
    for (const host of this.off) await this.powerOn(host);
    const { postgres, nats, services } = this.world.platform;
    for (const process of [postgres, nats, ...Object.values(services)]) await process?.untilReady();
  }

  private kill(victim: Victim): void {
    const { platform } = this.world;
    const process = victim === 'postgres' || victim === 'nats' ? platform[victim] : platform.services[victim];
    process?.kill('SIGKILL');
    this.done.push(`kill -9 ${victim}`);
  }

  private async powerOff(host: string): Promise<void> {
    this.off.add(host);
    this.done.push(`power off ${host}`);
    await this.world.lab.powerOff(host);
  }

  private async powerOn(host: string): Promise<void> {
    this.off.delete(host);
    this.done.push(`power on ${host}`);
    await this.world.lab.powerOn(host);
    await sleep(100);
  }

  private async damage(host: string): Promise<void> {
    const line = this.chance.pick(host.endsWith('gw') ? ROUTER_DAMAGE : DAMAGE) ?? 'true';
    const { stdout } = await this.world.lab.execOnHost(host, line, { timeoutMs: 20_000 });
    this.done.push(`on ${host}: ${stdout.trim().split('\n').at(-1)}`);
  }
}
