import { Injectable } from '@nestjs/common';
import { serviceContext } from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import { Project, ProjectDomain } from '../../../../libs/entities/src/hosting';
import { lockDomain } from '../domains/domain-lock.store';

/** Of work: the certificate of a domain, by the id of its row. */
export const CERTIFICATE = 'domain-certificate';

type Standing = Pick<
  ProjectDomain,
  'certificateUntil' | 'certificateReason' | 'certificateFailures' | 'certificateTryAt'
>;

@Injectable()
export class CertificateStore {
  constructor(private readonly intentions: Intentions) {}

  load(id: string): Promise<ProjectDomain | null> {
    return this.intentions.read((em) => em.findOneBy(ProjectDomain, { id }));
  }

  /** Whom its certificates are counted to. */
  async payerOf({ projectId }: ProjectDomain): Promise<string> {
    const project = await this.intentions.read((em) => em.findOneByOrFail(Project, { id: projectId }));
    return project.tenantId ?? project.userId;
  }

  /** Runs `work` while nobody takes the domain away; not at all when somebody has. */
  async whileHeld({ id, domain }: ProjectDomain, work: () => Promise<unknown>): Promise<void> {
    await this.intentions.apply(serviceContext('hosting', 'certificates'), async ({ em }) => {
      await lockDomain(em, domain);
      if (await em.existsBy(ProjectDomain, { id, held: true })) await work();
    });
  }

  async note(id: string, standing: Partial<Standing>): Promise<void> {
    await this.intentions.read((em) => em.update(ProjectDomain, { id }, standing));
  }
}
