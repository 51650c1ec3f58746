/** The hosting service as cdn sees it: projects of files, and its internal port. */
import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  findProject,
  getPrincipal,
  notFound,
  openProjectRelease,
  projectChanged,
  type Principal,
  type PrincipalView,
  type PublishedProjectView,
  type Template,
} from '@nubo/contracts';
import type { TestApp } from '@nubo/testing';

type Files = Record<string, string>;

interface Known extends PublishedProjectView {
  tenantId: string | null;
  userId: string;
  releases: Map<number, Files>;
}

export class ProjectsInMemory {
  private readonly known = new Map<string, Known>();
  /** Who people are now, by their ids. */
  readonly people = new Map<string, Principal>();
  private server?: Server;
  private app?: TestApp;
  /** Paths that were fetched, in their order. */
  readonly fetched: string[] = [];
  /** Stands between a file and who fetches it: may hold it back, or answer something else. */
  before: (release: number, path: string) => Promise<string | undefined> = () => Promise.resolve(undefined);

  async answer(app: TestApp): Promise<void> {
    this.app = app;
    this.server = createServer((request, response) => void this.serve(request, response));
    await new Promise<void>((listening) => this.server?.listen(0, '127.0.0.1', listening));
    const { port } = this.server.address() as AddressInfo;
    await app.bus.answer(findProject, ({ project }, { principal }) => this.visible(project, principal));
    await app.bus.answer(getPrincipal, ({ id }) => this.person(id));
    await app.bus.answer(openProjectRelease, ({ projectId, release }, { principal }) => {
      if (!this.visible(projectId, principal).releases.has(release))
        throw notFound('release', String(release));
      return { url: `http://127.0.0.1:${port}/${projectId}/${release}`, ticket: 'once' };
    });
  }

  stop(): void {
    this.server?.closeAllConnections();
    this.server?.close();
  }

  add(who: Principal, template: Template = 'static'): PublishedProjectView & { name: string } {
    const id = randomUUID();
    const made = { id, name: `shop-${id.slice(0, 8)}`, template, release: null, releases: new Map() };
    this.known.set(id, { ...made, tenantId: who.tenantId, userId: who.userId });
    this.people.set(who.userId, who);
    return made;
  }

  private person(id: string): PrincipalView {
    const { userId, tenantId, role } = this.people.get(id) ?? {};
    if (!userId) throw notFound('user', id);
    return { userId, tenantId: tenantId ?? null, role: role as PrincipalView['role'] };
  }

  /** The project serves that from now on. */
  async release(id: string, number: number, files?: Files): Promise<void> {
    const project = this.of(id);
    if (files) project.releases.set(number, files);
    project.release = number;
    await this.app?.bus.publish(projectChanged, { projectId: id });
  }

  async remove(id: string): Promise<void> {
    this.known.delete(id);
    await this.app?.bus.publish(projectChanged, { projectId: id });
  }

  forgetRelease(id: string, number: number): void {
    this.of(id).releases.delete(number);
  }

  private of(id: string): Known {
    const found = this.known.get(id);
    if (!found) throw notFound('project', id);
    return found;
  }

  private visible(wanted: string, principal: Principal | null): Known {
    const found = [...this.known.values()].find(({ id, name }) => id === wanted || name === wanted);
    if (!found || found.tenantId !== principal?.tenantId) throw notFound('project', wanted);
    if (principal.role !== 'owner' && found.userId !== principal.userId) throw notFound('project', wanted);
    return found;
  }

  private async serve({ url = '', headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(url, 'http://cdn');
    const [, id = '', release = ''] = pathname.split('/');
    const files = this.known.get(id)?.releases.get(Number(release));
    if (!files || headers.authorization !== 'Ticket once') return void response.writeHead(404).end();
    const path = searchParams.get('path');
    if (path === null) return void response.end(JSON.stringify({ files: Object.entries(files).map(listed) }));
    this.fetched.push(path);
    response.end((await this.before(Number(release), path)) ?? files[path]);
  }
}

const listed = ([path, text]: [string, string]): object => ({
  path,
  sha256: createHash('sha256').update(text).digest('hex'),
  size: Buffer.byteLength(text),
});
