import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  invalidFields,
  notFound,
  serviceContext,
  unauthenticated,
  type CheckSftpKey,
  type NuboError,
  type OpenSftpSession,
  type SftpActivity,
  type SftpSessionView,
} from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import { wake } from '@nubo/reconcile';
import type { EntityManager } from 'typeorm';
import { Project, SftpSession, SshKey } from '../../../../libs/entities/src/hosting';
import { countedLogin } from '../credentials/attempts.rules';
import { Attempts } from '../credentials/attempts.service';
import { publicKeyOf } from '../credentials/credentials.rules';
import { Passwords } from '../credentials/passwords.service';
import { HostingConfig } from '../hosting.config';
import { addRelease, PUBLICATION } from '../releases/releases.store';

/** Who is connected to the files of projects, and what they do there. */
@Injectable()
export class SftpSessions {
  constructor(
    private readonly intentions: Intentions,
    private readonly config: HostingConfig,
    private readonly passwords: Passwords,
    private readonly attempts: Attempts,
  ) {}

  /** Throws `unauthenticated`, the same for a login that is not there and a wrong password, and `limited`. */
  async open(input: OpenSftpSession): Promise<SftpSessionView> {
    const { login, address, password, publicKey } = input;
    if ((password === undefined) === (publicKey === undefined))
      throw invalidFields([{ field: 'password', message: 'or publicKey must be there, and not both' }]);
    if (publicKey !== undefined) {
      const [project, key] = await this.byKey({ login, address, publicKey });
      return this.begin(project, key.id);
    }
    const project = await this.projectOf(login);
    const right = await this.passwords.check(
      countedLogin(login, address),
      project?.passwordHash,
      password ?? '',
    );
    if (!right || !project) throw refused();
    return this.begin(project, null);
  }

  /** Whether the key would do: opens nothing, and is no failure. */
  async checkKey(input: CheckSftpKey): Promise<void> {
    await this.byKey(input);
  }

  /** Throws `not_found` when the session must end. */
  async note(id: string, { writers, touched, deploy = false }: SftpActivity): Promise<void> {
    await this.intentions.apply(serviceContext('hosting', id), async ({ em }) => {
      const session = await em.findOneBy(SftpSession, { id });
      if (!session) throw notFound('session', id);
      await em.update(SftpSession, { id }, { writers, seenAt: () => 'now()', lost: false });
      const { projectId } = session;
      if (touched || deploy) await em.update(Project, { id: projectId }, { touchedAt: () => 'now()' });
      if (deploy) await publish(em, projectId);
      if (touched || writers !== session.writers) await wake(em, PUBLICATION, projectId);
    });
  }

  async close(id: string): Promise<void> {
    await this.intentions.apply(serviceContext('hosting', id), async ({ em }) => {
      const session = await em.findOneBy(SftpSession, { id });
      if (!session) return;
      await em.delete(SftpSession, { id });
      await wake(em, PUBLICATION, session.projectId);
    });
  }

  private async begin({ id: projectId }: Project, keyId: string | null): Promise<SftpSessionView> {
    const sessionId = randomUUID();
    await this.intentions.read((em) => em.insert(SftpSession, { id: sessionId, projectId, keyId }));
    return { sessionId, projectId, limits: this.config.limits };
  }

  private async byKey({ login, address, publicKey }: CheckSftpKey): Promise<[Project, SshKey]> {
    await this.attempts.assertAllowed(countedLogin(login, address));
    const { fingerprint } = publicKeyOf(publicKey);
    const project = await this.projectOf(login);
    const key =
      project &&
      (await this.intentions.read((em) => em.findOneBy(SshKey, { projectId: project.id, fingerprint })));
    if (!project || !key) throw refused();
    return [project, key];
  }

  private async projectOf(login: string): Promise<Project | undefined> {
    const row = await this.intentions.read((em) => em.findOneBy(Project, { login }));
    return row && row.state !== 'deleting' ? row : undefined;
  }
}

const refused = (): NuboError => unauthenticated('wrong_login', 'Login, password or key are wrong.');

async function publish(em: EntityManager, id: string): Promise<void> {
  const row = await em.findOne(Project, { where: { id }, lock: { mode: 'pessimistic_write' } });
  if (row && row.state !== 'deleting' && row.autoPublish !== 'manual') await addRelease(em, row, 'file');
}
