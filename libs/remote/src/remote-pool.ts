import { isDeepStrictEqual } from 'node:util';
import { publicKeyOf } from './keys';
import { RemoteHost } from './remote-host';
import { DEFAULT_LIMITS, type HostSettings, type HostTarget, type RemoteLimits } from './settings';

export interface RemotePoolOptions extends Pick<HostSettings, 'privateKey' | 'onCommand'> {
  limits?: Partial<RemoteLimits>;
}

/** All hosts of this process: one connection each, made when it is first needed and shared by everyone. */
export class RemotePool {
  private readonly hosts = new Map<string, RemoteHost>();
  private readonly settings: HostSettings;
  private closed = false;

  /** Throws TypeError when `privateKey` is not an unencrypted OpenSSH private key. */
  constructor(options: RemotePoolOptions) {
    publicKeyOf(options.privateKey);
    this.settings = { ...options, limits: { ...DEFAULT_LIMITS, ...options.limits } };
  }

  /** The host of this id. When its target differs from the last one, the host is reached anew. Does no I/O itself. */
  host(target: HostTarget): RemoteHost {
    const known = this.hosts.get(target.id);
    if (known) {
      if (!isDeepStrictEqual(known.target, target)) known.retarget({ ...target });
      return known;
    }
    const host = new RemoteHost({ ...target }, this.settings);
    if (this.closed) host.close('this process is stopping');
    else this.hosts.set(target.id, host);
    return host;
  }

  /** Closes and forgets a host. What is under way there fails with `closed`. */
  drop(id: string): void {
    this.hosts.get(id)?.close('the host was dropped');
    this.hosts.delete(id);
  }

  /** Closes everything; commands asked for from now on fail with `aborted`. */
  close(): void {
    this.closed = true;
    for (const id of [...this.hosts.keys()]) this.drop(id);
  }
}
