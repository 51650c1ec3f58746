import type { Socket } from 'node:net';
import { log } from '@nubo/observability';
import type { AuthContext, Connection as SshConnection, ServerChannel, Session } from 'ssh2';
import type { Grant } from '../backends/backend';
import { SftpSession } from '../sessions/sftp-session';
import type { Sites } from '../trees/sites';
import type { VirtualTree } from '../trees/virtual.tree';
import type { Admitted } from './admission';
import { Authentication, type AuthenticationLimits } from './authentication';
import { sentences, serve } from './channel';
import { boundMemory } from './flow';
import { Presence, type PresenceParts } from './presence';

/** Of one connection, at a time. */
const MAX_CHANNELS = 10;
/** A client that is told to go goes by itself within that time, ms. */
const GOING_MS = 1_000;

export interface ConnectionParts extends PresenceParts {
  readonly sites: Sites;
  readonly limits: AuthenticationLimits;
}

interface Opened {
  readonly grant: Grant;
  readonly tree: VirtualTree;
  readonly close: () => Promise<void>;
  readonly presence: Presence;
}

/** One client, from its first byte to its last. */
export class Connection {
  private readonly address: string;
  private opened?: Opened;
  private gone = false;
  /** It was told to go: nothing is served any more. */
  private over = false;
  private readonly channels = new Set<ServerChannel>();
  private readonly serving = new Set<Promise<void>>();
  /** Resolves when the client has gone, and what it did was told, or tried to be. */
  readonly end: Promise<void>;

  constructor(
    private readonly client: SshConnection,
    private readonly socket: Socket,
    private readonly admitted: Admitted,
    private readonly parts: ConnectionParts,
  ) {
    const address = (this.address = socket.remoteAddress ?? '');
    boundMemory(socket, this.channels);
    const authentication = new Authentication(parts.backend, address, parts.limits);
    client.on('authentication', (context) => void this.authenticate(authentication, context));
    client.on('session', (accept, reject) => {
      if (this.channels.size >= MAX_CHANNELS) reject();
      else this.session(accept());
    });
    client.on('error', (error) => log.debug({ err: error, address }, 'a client broke off'));
    this.end = new Promise((resolve) => client.on('close', () => resolve(this.closed())));
  }

  /** ssh2 1.17 only asks the client to go, and still hands on what comes from one that stays. */
  private readonly hangUp = (): void => {
    if (this.over) return;
    this.over = true;
    this.client.end();
    setTimeout(() => this.socket.destroy(), GOING_MS).unref();
  };

  private async authenticate(authentication: Authentication, context: AuthContext): Promise<void> {
    const grant = await authentication.attempt(context, this.hangUp);
    if (!grant) return;
    try {
      const site = await this.parts.sites.open(grant);
      this.opened = { grant, ...site, presence: new Presence(this.parts, grant, this.hangUp) };
    } catch (error) {
      log.error({ err: error, projectId: grant.projectId }, 'the folders of a project cannot be opened');
      this.hangUp();
      return;
    }
    if (this.gone) return void this.closed();
    this.admitted.ready();
    log.info({ projectId: grant.projectId, address: this.address }, 'logged in');
    context.accept();
  }

  private session(session: Session): void {
    session.on('subsystem', (accept, reject, { name }) => {
      const { opened } = this;
      if (name !== 'sftp' || !opened) return reject();
      const channel = accept();
      this.channels.add(channel);
      const serving = this.serve(channel, opened).finally(() => this.channels.delete(channel));
      this.serving.add(serving);
      void serving.finally(() => this.serving.delete(serving));
    });
  }

  private serve(channel: ServerChannel, { tree, presence, grant }: Opened): Promise<void> {
    const { projectId } = grant;
    const session = new SftpSession(tree, {
      touched: (whole) => presence.change(whole),
      writers: (count) => presence.writers(channel, count),
      aloud: sentences(channel),
      broke: (error) => log.error({ err: error, projectId }, 'a request broke'),
    });
    return serve({ channel, session, socket: this.socket, isOver: () => this.over });
  }

  private async closed(): Promise<void> {
    this.gone = true;
    const { opened } = this;
    this.opened = undefined;
    await Promise.allSettled(this.serving);
    if (!opened) return;
    await opened.presence.end();
    await opened.close();
  }
}
