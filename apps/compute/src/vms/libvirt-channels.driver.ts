import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { HostsAccess } from '@nubo/fleet';
import { LIBVIRT_SOCKETS, LibvirtClient } from '@nubo/libvirt';

/**
 * libvirtd works on five requests per client at a time: what takes long (starts) must not hold up what is quick, and
 * neither may hold up events.
 */
export type Channel = 'quick' | 'slow' | 'events';

/** One libvirt client per host and channel, made when it is first used. */
@Injectable()
export class LibvirtChannels implements OnApplicationShutdown {
  private readonly clients = new Map<string, Promise<LibvirtClient>>();

  constructor(private readonly hosts: HostsAccess) {}

  async client(hostId: string, channel: Channel): Promise<LibvirtClient> {
    const key = `${channel} ${hostId}`;
    const known = this.clients.get(key);
    if (known) return known;
    const opening = this.open(hostId);
    this.clients.set(key, opening);
    const forget = (): void => {
      if (this.clients.get(key) === opening) this.clients.delete(key);
    };
    opening.then((client) => client.once('close', forget), forget);
    return opening;
  }

  async onApplicationShutdown(): Promise<void> {
    const clients = await Promise.allSettled([...this.clients.values()]);
    const open = clients.flatMap((client) => (client.status === 'fulfilled' ? [client.value] : []));
    await Promise.all(open.map((client) => client.close()));
  }

  private async open(hostId: string): Promise<LibvirtClient> {
    const host = await this.hosts.reach(hostId);
    return LibvirtClient.connect(await host.openUnix(LIBVIRT_SOCKETS));
  }
}
