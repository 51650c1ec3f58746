import { Injectable } from '@nestjs/common';
import { unavailable } from '@nubo/contracts';
import { HostsAccess, natFence } from '@nubo/fleet';
import { sh, type ShellCommand } from '@nubo/remote';
import { parseNat, TABLE, type Forward, type NatState } from './router-nat.rules';

/** A router as it stands on a host; a foreign router's namespace fits too. */
export interface RouterPlace {
  hostId: string;
  namespace: string;
}

/** Everything that port translation does to a host. */
export abstract class RouterNatDriver {
  /** The table of ours in the router; null when there is none. Throws when there is no such router. */
  abstract read(place: RouterPlace, signal: AbortSignal): Promise<NatState | null>;
  /** Applies an nft document as one transaction. */
  abstract apply(place: RouterPlace, document: string, fence: number, signal: AbortSignal): Promise<void>;
  /** Ends established flows to these external ports. */
  abstract endFlows(place: RouterPlace, flows: Forward[], fence: number, signal: AbortSignal): Promise<void>;
}

/**
 * Ends the flows to address $1 whose "protocol port" stands on stdin. Every `conntrack -D` walks the whole table (10 ms
 * and more), so one look finds those that have flows at all. It ends with 1 when a flow ended meanwhile, which is as good.
 */
const END_FLOWS = `
wanted=$(cat)
conntrack -L -d "$1" 2>/dev/null | awk -v wanted="$wanted" '
  BEGIN { n = split(wanted, lines, "\\n"); for (i = 1; i <= n; i++) want[lines[i]] }
  { for (i = 1; i <= NF; i++) if ($i ~ /^dport=/) { key = $1 " " substr($i, 7); break }
    if (key in want && !(key in seen)) { seen[key]; print key } }' |
while read -r protocol port; do conntrack -D -p "$protocol" -d "$1" --dport "$port" >/dev/null 2>&1 || true; done`;

const NO_TABLE = /No such file or directory/;

/** nftables and conntrack over SSH. */
@Injectable()
export class SshRouterNatDriver extends RouterNatDriver {
  constructor(private readonly hosts: HostsAccess) {
    super();
  }

  async read({ hostId, namespace }: RouterPlace, signal: AbortSignal): Promise<NatState | null> {
    const host = await this.hosts.reach(hostId);
    const command = sh`ip netns exec ${namespace} true && exec ip netns exec ${namespace} nft -j list table ip ${TABLE}`;
    const { code, stdout, stderr } = await host.exec(command, { signal });
    if (code === 0) return parseNat(stdout);
    if (NO_TABLE.test(stderr) && !stderr.includes(`namespace "${namespace}"`)) return null;
    throw unavailable('router_unreadable', `Reading port translation in ${namespace}: ${stderr.trim()}`);
  }

  async apply(place: RouterPlace, document: string, fence: number, signal: AbortSignal): Promise<void> {
    await this.fenced(place, fence, sh`exec ip netns exec ${place.namespace} nft -f -`, {
      signal,
      stdin: document,
    });
  }

  async endFlows(place: RouterPlace, flows: Forward[], fence: number, signal: AbortSignal): Promise<void> {
    for (const ip of new Set(flows.map((flow) => flow.externalIp))) {
      const wanted = flows
        .filter((flow) => flow.externalIp === ip)
        .map((flow) => `${flow.protocol} ${flow.externalPort}\n`);
      const command = sh`exec ip netns exec ${place.namespace} sh -c ${END_FLOWS} end-flows ${ip}`;
      await this.fenced(place, fence, command, { signal, stdin: wanted.join('') });
    }
  }

  private async fenced(
    place: RouterPlace,
    fence: number,
    command: ShellCommand,
    options: { signal: AbortSignal; stdin?: string },
  ): Promise<void> {
    const host = await this.hosts.reach(place.hostId);
    await host.fenced(natFence(place.namespace), fence).run(command, options);
  }
}
