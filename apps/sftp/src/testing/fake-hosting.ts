/** The service `hosting` as sessions of SFTP know it: logins and what it is told, in this process. */
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Activity } from '../backends/backend';
import type { Limits } from '../trees/room';

export interface FakeProject {
  readonly login: string;
  readonly password: string;
  readonly keys: string[];
  readonly limits: Limits;
}

interface Asked {
  login: string;
  password?: string;
  publicKey?: string;
}

interface Answer {
  status: number;
  body?: object;
}

export class FakeHosting {
  readonly secret = 'between the two of them';
  readonly projects = new Map<string, FakeProject>();
  readonly sessions = new Map<string, { login: string; told: Activity[] }>();
  readonly asked: Asked[] = [];
  readonly ended: string[] = [];
  /** Every answer is this, while it is set. */
  away?: number;
  /** How often it was asked while it was away. */
  refused = 0;
  private readonly server: Server;

  constructor(readonly dir: string) {
    this.server = createServer((request, response) => {
      void this.handle(request).then(({ status, body }) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(body && JSON.stringify(body)),
      );
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  /** A project with its folders; its id is its login. */
  add(login: string, change: Partial<FakeProject> = {}): FakeProject {
    const limits = { bytes: 1e9, files: 200_000, fileBytes: 5e8 };
    const project = { login, password: `pass-${login}`, keys: [], limits, ...change };
    this.projects.set(login, project);
    for (const folder of [this.site(login), this.releases(login), this.logs(login)])
      mkdirSync(folder, { recursive: true });
    return project;
  }

  site = (login: string): string => join(this.dir, 'trees', login);
  releases = (login: string): string => join(this.dir, 'sites', login, 'releases');
  logs = (login: string): string => join(this.dir, 'sites', login, 'logs');

  /** What was told of the sessions of a login, in its order. */
  told = (login: string): Activity[] =>
    [...this.sessions.values()].filter((session) => session.login === login).flatMap(({ told }) => told);

  private async handle(request: IncomingMessage): Promise<Answer> {
    const body = await bodyOf(request);
    if (this.away) {
      this.refused += 1;
      return { status: this.away };
    }
    if (request.headers.authorization !== `Bearer ${this.secret}`) return { status: 401 };
    const [, , , kind, id, activity] = (request.url ?? '').split('/');
    if (kind === 'keys') return this.project(body as Asked) ? { status: 204 } : { status: 401 };
    if (id === undefined) return this.open(body as Asked);
    const session = this.sessions.get(id);
    if (!session) return { status: 404 };
    if (activity) session.told.push(body as Activity);
    else this.ended.push(id);
    return { status: 204 };
  }

  private open(asked: Asked): Answer {
    this.asked.push(asked);
    const project = this.project(asked);
    if (!project) return { status: 401 };
    const sessionId = randomUUID();
    this.sessions.set(sessionId, { login: asked.login, told: [] });
    return { status: 201, body: { sessionId, projectId: asked.login, limits: project.limits } };
  }

  private project({ login, password, publicKey }: Asked): FakeProject | undefined {
    const project = this.projects.get(login);
    const known = publicKey ? project?.keys.includes(publicKey) : project?.password === password;
    return known ? project : undefined;
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : undefined;
}
