import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { CreatedProjectView, CreateProject, ProjectView } from '@nubo/contracts';
import { CommandLine } from '../command-line';
import { upload, writeSite } from '../sftp';
import type { Step } from '../step';
import { until } from '../wait';
import type { World } from '../world';
import { assertThat } from './reachability';

const run = promisify(execFile);
const SITE = 'tomatoes';
const PROGRAM = 'greeter';
const PROGRAM_SECONDS = 120;
const SERVER = `require('node:http')
  .createServer((request, response) => response.end(\`\${process.env.GREETING} from \${require('node:os').hostname()}\`))
  .listen(process.env.PORT);`;

export const hosting: Step[] = [
  {
    title: 'Ada makes two projects, pages and a program: each has a name in DNS and a login for SFTP',
    run: make,
  },
  {
    title: 'She uploads both with OpenSSH’s sftp; the pages are live when nothing more comes',
    run: uploadFirst,
  },
  { title: 'dig finds its name, and curl its site', run: visit },
  { title: 'She uploads another page, with her SSH key: the second release', run: uploadAgain },
  { title: 'Back to the first', run: rollBack },
  { title: 'By now the program runs in a container of its own', run: askProgram },
  { title: 'Both are deleted, and what they had is gone', run: remove },
];

const made: Record<string, CreatedProjectView> = {};
const pageOf = (release: number): string => `<h1>Tomatoes, release ${release}</h1>`;
const nubo = (world: World): CommandLine =>
  new CommandLine(world.platform.gatewayUrl, join(world.folder, 'ada'));

async function create({ tenants: [ada] }: World, wish: CreateProject): Promise<CreatedProjectView> {
  const project = await ada.rest.post<CreatedProjectView>('/hosting/projects?wait=30s', {
    ...wish,
    quietSeconds: 1,
  });
  assertThat(project.state === 'ready', `it is ${project.state}: ${project.stateReason}`);
  made[project.name] = project;
  return project;
}

async function make(world: World): Promise<string> {
  const program = { template: 'node', memory: 96, env: { GREETING: 'welcome' } } as const;
  const projects = [await create(world, { name: SITE }), await create(world, { name: PROGRAM, ...program })];
  return projects
    .map(({ url, sftp, password }) => `${url}, sftp -P ${sftp.port} ${sftp.login}@${sftp.host}, ${password}`)
    .join('\n');
}

const folderOf = (world: World, project: string, release: number): string =>
  join(world.folder, `${project}-${release}`);

async function uploadFirst(world: World): Promise<string> {
  const [project, program] = [made[SITE], made[PROGRAM]];
  const server = writeSite(folderOf(world, PROGRAM, 1), { 'server.js': SERVER });
  await upload(server, program, { password: program.password ?? '' });
  const site = { 'index.html': pageOf(1), 'css/site.css': 'h1 { color: tomato }\n' };
  const folder = writeSite(folderOf(world, SITE, 1), site);
  await upload(folder, project, { password: project.password ?? '' });
  return live(world, project, pageOf(1));
}

/** Waits until visitors get that page; says how long it took. */
async function live(world: World, project: ProjectView, page: string): Promise<string> {
  const lastByte = Date.now();
  await until(`${project.url} to say ${page}`, 20, async () => (await fetched(world, project)) === page);
  const took = ((Date.now() - lastByte) / 1000).toFixed(1);
  return `"${page}" ${took} s after the last byte, of which it waits ${project.quietSeconds} s for more`;
}

/** As a browser on the Internet: the name server is asked first. */
async function fetched({ platform }: World, { hostname, url }: ProjectView, path = '/'): Promise<string> {
  const address = await resolved(platform.dnsPort, hostname);
  const door = `${hostname}:${new URL(url).port}:${address}`;
  const { stdout } = await run('curl', ['-sS', '--max-time', '10', '--resolve', door, `${url}${path}`]);
  return stdout.trim();
}

async function resolved(port: number, name: string): Promise<string> {
  const { stdout } = await run('dig', ['+short', '+tries=1', '@127.0.0.1', '-p', String(port), name]);
  return stdout.trim();
}

async function visit(world: World): Promise<string> {
  const { hostname, url } = made[SITE];
  const address = await resolved(world.platform.dnsPort, hostname);
  const page = await fetched(world, made[SITE]);
  assertThat(page === pageOf(1), `it says ${page}`);
  const style = await fetched(world, made[SITE], '/css/site.css');
  assertThat(style.includes('tomato'), `its style is ${style}`);
  return `$ dig +short ${hostname}\n${address}\n$ curl ${url}/\n${page}`;
}

async function uploadAgain(world: World): Promise<string> {
  const [ada] = world.tenants;
  await nubo(world).run('login', ada.email, ada.password);
  const said = await nubo(world).shown('project', 'add-key', SITE, `${world.sshKey.file}.pub`);
  const folder = writeSite(folderOf(world, SITE, 2), { 'index.html': pageOf(2) });
  await upload(folder, made[SITE], { keyFile: world.sshKey.file });
  const shown = await live(world, made[SITE], pageOf(2));
  assertThat((await fetched(world, made[SITE], '/css/site.css')).includes('tomato'), 'its style is gone');
  return `${said}\n${shown}\n${await nubo(world).shown('project', 'releases', SITE)}`;
}

async function rollBack(world: World): Promise<string> {
  const said = await nubo(world).shown('project', 'rollback', SITE);
  const page = await fetched(world, made[SITE]);
  assertThat(page === pageOf(1), `it says ${page}`);
  return `${said}\n"${page}"`;
}

async function askProgram(world: World): Promise<string> {
  const project = made[PROGRAM];
  const said = await until(`${project.url} to answer`, PROGRAM_SECONDS, async () => {
    const { state, stateReason } = await shown(world, project);
    if (state === 'error') throw new Error(`it is in error: ${stateReason}`);
    const answer = await fetched(world, project);
    return answer.startsWith('welcome') && answer;
  });
  return `${project.url} → "${said}"`;
}

const shown = ({ tenants: [ada] }: World, { id }: ProjectView): Promise<ProjectView> =>
  ada.rest.get<ProjectView>(`/hosting/projects/${id}`);

async function remove(world: World): Promise<string> {
  const [ada] = world.tenants;
  const projects = [made[SITE], made[PROGRAM]];
  await Promise.all(projects.map(({ id }) => ada.rest.delete(`/hosting/projects/${id}?wait=60s`)));
  for (const project of projects) await until(`${project.name} to be gone`, 60, () => isGone(world, project));
  const answer = await fetched(world, made[SITE]);
  assertThat(answer === 'There is no site under this name.', `it says ${answer}`);
  return `${made[SITE].url} → "${answer}"`;
}

/** From the API, from disk, and from who opens its files. */
async function isGone(world: World, project: CreatedProjectView): Promise<boolean> {
  const [ada] = world.tenants;
  const left = await ada.rest.get<ProjectView[]>('/hosting/projects');
  const folders = ['trees', 'sites'].map((kind) => join(world.folder, 'platform/hosting', kind, project.id));
  if (left.some(({ id }) => id === project.id) || folders.some(existsSync)) return false;
  const late = writeSite(folderOf(world, project.name, 2), { 'late.html': 'too late' });
  const error: unknown = await upload(late, project, { password: project.password ?? '' }).catch(
    (thrown: unknown) => thrown,
  );
  assertThat(/Permission denied/.test(String(error)), `SFTP answers: ${String(error)}`);
  return true;
}
