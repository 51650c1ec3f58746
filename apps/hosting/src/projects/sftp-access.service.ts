import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  addSshKey,
  conflict,
  exhausted,
  notFound,
  removeSshKey,
  resetSftpPassword,
  type AddSshKey,
  type ById,
  type Nothing,
  type Page,
  type RemoveSshKey,
  type RequestContext,
  type SftpPasswordView,
  type SshKeyView,
} from '@nubo/contracts';
import { Intentions, requireAccess } from '@nubo/persistence';
import { Project, SshKey } from '../../../../libs/entities/src/hosting';
import { publicKeyOf } from '../credentials/credentials.rules';
import { Passwords } from '../credentials/passwords.service';
import { endSessions } from '../sessions/sessions.store';
import { changeable, projectFor } from './projects.store';

const MOST_KEYS = 20;

/** What opens a project's files: its password, and its SSH keys. */
@Injectable()
export class SftpAccess {
  constructor(
    private readonly intentions: Intentions,
    private readonly passwords: Passwords,
  ) {
    const known = () => conflict('key_known', 'The project has this key already.');
    intentions.explain({ ssh_keys_of_project: known });
  }

  /** Who may not reset it learns that before a password is made. */
  async resetPassword(ctx: RequestContext, input: ById): Promise<SftpPasswordView> {
    const level = { noun: 'project', level: 'manage' } as const;
    await this.intentions.read((em) => requireAccess(em, ctx, [Project, input.id], level));
    const { password, passwordHash } = await this.passwords.make(ctx);
    let made = false;
    const answer = await this.intentions.write(resetSftpPassword, ctx, input, async ({ em }) => {
      const { id, login } = await changeable(em, ctx, input.id);
      await em.update(Project, { id }, { passwordHash });
      await endSessions(em, id, 'password');
      made = true;
      return { id, login, password: null };
    });
    return { ...answer, password: made && !ctx.dryRun ? password : null };
  }

  addKey(ctx: RequestContext, input: AddSshKey): Promise<SshKeyView> {
    const key = publicKeyOf(input.key);
    return this.intentions.write(addSshKey, ctx, input, async ({ em }) => {
      const { id: projectId, name } = await changeable(em, ctx, input.id);
      if ((await em.countBy(SshKey, { projectId })) >= MOST_KEYS)
        throw exhausted('too_many_keys', `${name} has ${MOST_KEYS} keys already.`, { limit: MOST_KEYS });
      const id = randomUUID();
      await em.insert(SshKey, { id, projectId, ...key });
      return toSshKeyView(await em.findOneByOrFail(SshKey, { id }));
    });
  }

  listKeys(ctx: RequestContext, { id: projectId }: ById): Promise<Page<SshKeyView>> {
    return this.intentions.read(async (em) => {
      await projectFor(em, ctx, [projectId, 'use']);
      const rows = await em.find(SshKey, { where: { projectId }, order: { createdAt: 'ASC' } });
      return { items: rows.map(toSshKeyView) };
    });
  }

  removeKey(ctx: RequestContext, input: RemoveSshKey): Promise<Nothing> {
    const { id: projectId, keyId: id } = input;
    return this.intentions.write(removeSshKey, ctx, input, async ({ em }) => {
      await changeable(em, ctx, projectId);
      const { affected } = await em.delete(SshKey, { id, projectId });
      if (affected !== 1) throw notFound('key', id);
      await endSessions(em, projectId, { keyId: id });
      return {};
    });
  }
}

const toSshKeyView = ({ id, fingerprint, type, comment, createdAt }: SshKey): SshKeyView => ({
  ...{ id, fingerprint, type, comment },
  createdAt: createdAt.toISOString(),
});
