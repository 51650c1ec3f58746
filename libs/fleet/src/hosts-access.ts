import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { secret } from '@nubo/config';
import { unavailable } from '@nubo/contracts';
import { hostCommandSeconds, log } from '@nubo/observability';
import { RemotePool, type HostTarget, type RemoteHost } from '@nubo/remote';
import type { Host } from './host.entity';
import { Fleet } from './fleet';

/** A host that is back is found within that. */
const BACKOFF_MAX_MS = 5_000;

/** How the platform reaches this host: its address, login and pinned key. */
export function targetOf(host: Host): HostTarget {
  const { id, address, port, user, hostKey } = host;
  return { id, address, port, user, hostKey, sudo: user !== 'root' };
}

/** The process's SSH connections to hosts, one per host, with one log line and one figure per command. */
@Injectable()
export class HostsAccess implements OnApplicationShutdown {
  private pool?: RemotePool;

  constructor(private readonly fleet: Fleet) {}

  /** The host's connection (made when first used). Throws `unavailable` for a host that is not enrolled. */
  async reach(hostId: string): Promise<RemoteHost> {
    const host = await this.fleet.find(hostId);
    if (!host) throw unavailable('host_unknown', `There is no host ${hostId}.`);
    return this.connections().host(targetOf(host));
  }

  /** Closes the connection to a host, e.g. because it was removed. */
  drop(hostId: string): void {
    this.pool?.drop(hostId);
  }

  onApplicationShutdown(): void {
    this.pool?.close();
  }

  private connections(): RemotePool {
    this.pool ??= new RemotePool({
      privateKey: secret('NUBO_SSH_KEY'),
      limits: { backoffMaxMs: BACKOFF_MAX_MS },
      onCommand: ({ ms, error, code, ...record }) => {
        const result = error || code ? 'failed' : 'ok';
        hostCommandSeconds.observe({ host: record.host, result }, ms / 1000);
        log.info({ ...record, code, error, ms: Math.round(ms) }, 'host command');
      },
    });
    return this.pool;
  }
}
