/** The place of a container on its network: packets are sent there, and those that come are counted. */
import type { ContainerView } from '@nubo/contracts';
import type { TenantOfTheStory, World } from '../../demo/world';

/** Nobody listens there: what comes is counted before. */
const PORT = 9999;
const COUNT = `table inet probe
delete table inet probe
table inet probe { chain in { type filter hook prerouting priority raw; udp dport ${PORT} counter; }; }`;

type Shell = (line: string) => Promise<string>;

/** Which of `<address> <port>` a TCP connection can be opened to, from where `run` runs lines of bash. */
export async function openFrom(run: Shell, places: string[]): Promise<string[]> {
  const tries = places.map((place) => {
    const door = place.replace(' ', '/');
    return `(timeout 2 bash -c 'exec 3<>/dev/tcp/${door}' 2>/dev/null && echo '${place}') &`;
  });
  const said = await run(`${tries.join('\n')}\nwait`);
  return places.filter((place) => said.split('\n').includes(place));
}

export class Wire {
  private constructor(
    private readonly world: World,
    private readonly host: string,
    private readonly namespace: string,
    readonly address: string,
  ) {}

  /** Of a container of somebody's; its packets are counted from now on. */
  static async of(world: World, { rest }: TenantOfTheStory, containerId = ''): Promise<Wire> {
    const { hostId, nics } = await rest.get<ContainerView>(`/iaas/containers/${containerId}`);
    const host = world.hosts.find(({ id }) => id === hostId)?.name ?? '';
    const namespace = `/run/netns/nc-${nics[0]?.portId.slice(0, 8)}`;
    const wire = new Wire(world, host, namespace, nics[0]?.ip ?? '');
    await wire.run(`nft -f - <<'END'\n${COUNT}\nEND`);
    return wire;
  }

  /** Sends a packet to every address of its /24, also to those that it would have to ask for first. */
  async sendToAll(): Promise<void> {
    const network = this.address.replace(/\d+$/, '');
    await this.run(
      `for n in $(seq 1 254); do echo x 2>/dev/null >/dev/udp/${network}$n/${PORT}; done; sleep 0.3`,
    );
  }

  /** Sends a packet to an Ethernet address, whoever it is. */
  async sendTo(address: string, mac: string): Promise<void> {
    await this.run(`ip neigh replace ${address} lladdr ${mac} dev eth0
echo x 2>/dev/null >/dev/udp/${address}/${PORT}; sleep 0.3; ip neigh del ${address} dev eth0`);
  }

  async mac(): Promise<string> {
    return (await this.run("ip -br link show eth0 | awk '{ print $3 }'")).trim();
  }

  /** Packets that have come so far. */
  async heard(): Promise<number> {
    const rules = await this.run('nft list table inet probe');
    return Number(/counter packets (\d+)/.exec(rules)?.[1]);
  }

  /** Which of `<address> <port>` it can open a TCP connection to. */
  opens(places: string[]): Promise<string[]> {
    return openFrom((line) => this.run(line), places);
  }

  /** What web servers at these addresses say, as far as they answer. */
  async pages(addresses: string[]): Promise<string[]> {
    // Each page in one write: they come at the same time.
    const asks = addresses.map((address) => `echo "$(curl -s --max-time 2 http://${address}/)" &`);
    return (await this.run(`${asks.join('\n')}\nwait`)).split('\n').filter(Boolean);
  }

  private async run(line: string): Promise<string> {
    const inside = `nsenter --net=${this.namespace} bash -s`;
    const { code, stdout, stderr } = await this.world.lab.execOnHost(this.host, inside, { stdin: line });
    if (stderr !== '') throw new Error(`${line}: ${code} ${stderr}`);
    return stdout;
  }
}
