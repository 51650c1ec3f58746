import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  forbidden,
  isRunTemplate,
  notFound,
  unprocessable,
  type OpenProjectRelease,
  type ProjectReleaseFiles,
  type ProjectReleaseTicket,
  type PublishedProjectView,
  type RequestContext,
} from '@nubo/contracts';
import { Intentions, limitToVisible } from '@nubo/persistence';
import { InternalUrl } from '@nubo/service';
import { LRUCache } from 'lru-cache';
import { Project, ProjectRelease } from '../../../../libs/entities/src/hosting';
import { Sites } from '../sites/sites.driver';
import { isVisited } from './publication.rules';

/** Since it was last used. */
const TICKET_MS = 600_000;
const MOST_TICKETS = 10_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What is opened to another service for somebody who may see it. */
type Opened = Pick<ProjectRelease, 'projectId' | 'number'>;

/** Gives releases of projects to services that publish them elsewhere. Tickets are of this replica: it has the files. */
@Injectable()
export class Publication {
  private readonly tickets = new LRUCache<string, Opened>({
    ...{ max: MOST_TICKETS, ttl: TICKET_MS, updateAgeOnGet: true },
  });

  constructor(
    private readonly intentions: Intentions,
    private readonly sites: Sites,
    private readonly url: InternalUrl,
  ) {}

  async find(ctx: RequestContext, wanted: string): Promise<PublishedProjectView> {
    const { id, name, template, release } = await this.visible(ctx, wanted);
    return { id, name, template, release };
  }

  /** Throws `unprocessable` for what is a program: its files are no content, they may hold secrets. */
  async open(ctx: RequestContext, input: OpenProjectRelease): Promise<ProjectReleaseTicket> {
    const { projectId, release: number } = input;
    const { name, template } = await this.visible(ctx, projectId);
    if (isRunTemplate(template))
      throw unprocessable('runs_a_program', `${name} runs a program: its files are not published.`);
    const where = { projectId, number, state: 'ready' as const };
    if (!(await this.intentions.read((em) => em.existsBy(ProjectRelease, where))))
      throw notFound('release', String(number));
    const ticket = randomBytes(32).toString('base64url');
    this.tickets.set(ticket, { projectId, number });
    return { url: this.url.of(`/internal/releases/${projectId}/${number}`), ticket };
  }

  async files(ticket: string, release: Opened): Promise<ProjectReleaseFiles> {
    this.admit(ticket, release);
    const files = await this.sites.files(release.projectId, release.number);
    return { files: files.filter(({ path }) => isVisited(path)) };
  }

  /** The path on this machine of a file of the release. Throws `not_found`. */
  async file(ticket: string, release: Opened, path: string): Promise<string> {
    this.admit(ticket, release);
    const found = isVisited(path) && (await this.sites.find(release.projectId, release.number, path));
    if (!found) throw notFound('file', path.slice(0, 200));
    return found;
  }

  private admit(ticket: string, { projectId, number }: Opened): void {
    const opened = this.tickets.get(ticket);
    if (opened?.projectId !== projectId || opened.number !== number)
      throw forbidden('bad_ticket', 'This ticket is not valid here, or not any more.');
  }

  private async visible(ctx: RequestContext, wanted: string): Promise<Project> {
    const by = UUID.test(wanted) ? 'id' : 'name';
    const found = await this.intentions.read((em) =>
      limitToVisible(em.createQueryBuilder(Project, 'p'), ctx)
        .andWhere(`p.${by} = :wanted AND p.state <> 'deleting'`, { wanted })
        .getOne(),
    );
    if (!found) throw notFound('project', wanted);
    return found;
  }
}
