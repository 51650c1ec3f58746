/** Listeners where the platform would be found: whoever reaches them would reach the platform. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { PLATFORM_ADDRESS, type World } from '../../demo/world';
import { openFrom } from './wire';

/** Where clouds tell guests about themselves. */
const METADATA = '169.254.169.254';

export class PlatformDoors {
  private constructor(
    private readonly servers: Server[],
    /** `<address> <port>` of the platform's servers, and of the SSH servers of its hosts. */
    readonly places: string[],
  ) {}

  /** The platform itself listens on loopback only: here its ports are opened to all who can send a packet there. */
  static async open(world: World): Promise<PlatformDoors> {
    const { gatewayUrl, databaseUrl, natsAdminUrl } = world.platform;
    const ports = [gatewayUrl, databaseUrl, natsAdminUrl].map((url) => Number(new URL(url).port));
    execFileSync('ip', ['addr', 'replace', `${METADATA}/32`, 'dev', 'lo']);
    const wanted = [...ports.map((port) => [PLATFORM_ADDRESS, port] as const), [METADATA, 80] as const];
    const servers = await Promise.all(wanted.map(([address, port]) => listening(address, port)));
    const ssh = world.hostNames.map((name) => `${world.lab.host(name).address} 22`);
    await world.lab.outside.exec(['ip', 'route', 'replace', METADATA, 'via', PLATFORM_ADDRESS]);
    return new PlatformDoors(servers, [...wanted.map((place) => place.join(' ')), ...ssh]);
  }

  /** Which of them somebody outside can open. */
  fromOutside({ lab }: World): Promise<string[]> {
    return openFrom(async (line) => (await lab.outside.exec(['bash', '-c', line])).stdout, this.places);
  }

  close(): void {
    for (const server of this.servers) server.close();
    execFileSync('ip', ['addr', 'del', `${METADATA}/32`, 'dev', 'lo']);
  }
}

async function listening(address: string, port: number): Promise<Server> {
  const server = createServer((socket) => socket.end()).listen(port, address);
  await once(server, 'listening');
  return server;
}
