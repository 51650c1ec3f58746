/** Requests per CPU second of the web server of sites and of plain nginx with the same files. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { launch, type Child } from '../../stack/child';
import { serverUser } from '../../stack/files';
import { freePort } from '../../stack/ports';
import { perCpuSecond } from '../compare';
import { type Target } from '../load';
import { table } from '../report';
import { scaled, write, type HostingBenchWorld, type Say } from './sites-world';

const SIZES = { '1 KB': 1_000, '10 KB': 10_000, '100 KB': 100_000 };
const FILES = 100;
const CONNECTIONS = 16;
const ROUNDS = scaled(7);
const ROUND_S = 2;

export async function siteRequests(world: HostingBenchWorld, say: Say): Promise<string> {
  const { hostname, root } = await site(world);
  const [plain, url] = await startPlain(world, root);
  try {
    const rows: string[][] = [];
    const verdicts: string[] = [];
    for (const size of Object.keys(SIZES)) {
      say(`requests per CPU second, ${size}`);
      const paths = Array.from({ length: FILES }, (_, n) => `/${folderOf(size)}-${n}.bin`);
      const targets: [Target, Target] = [
        { name: 'sites', url: world.platform.webUrl, host: hostname, paths, pids: { nginx: world.webPid } },
        { name: 'plain nginx', url, paths, pids: { nginx: plain.pid } },
      ];
      const bounds = { connections: CONNECTIONS, rounds: ROUNDS, seconds: ROUND_S };
      const [ours, theirs, ratio] = await perCpuSecond(targets, bounds);
      const percent = `${(ratio * 100).toFixed(0)} %`;
      rows.push([size, ours.toFixed(0), theirs.toFixed(0), percent]);
      verdicts.push(`${percent} at ${size}`);
    }
    return [
      `Requests per CPU second of the server (${CONNECTIONS} connections that are kept, ${FILES} files of one site, two workers each, median of ${ROUNDS} rounds of ${ROUND_S} s that take turns; the ratio is of each round by itself). The web server of sites finds the site by its name and logs each visit for its people; plain nginx has the folder in its configuration and logs nothing.`,
      '',
      table(['', 'sites', 'plain nginx', 'sites / plain'], rows),
      '',
      `- Sites against plain nginx: **${verdicts.join(', ')}**`,
      '',
    ].join('\n');
  } finally {
    await plain.stop();
  }
}

const folderOf = (size: string): string => size.replace(' ', '').toLowerCase();

/** Uploaded and published as any. */
async function site(world: HostingBenchWorld): Promise<{ hostname: string; root: string }> {
  const rest = world.somebody();
  const project = await world.project(rest, { autoPublish: 'manual' });
  const sftp = await world.sftp(project);
  for (const [size, bytes] of Object.entries(SIZES))
    for (let n = 0; n < FILES; n += 1) await write(sftp, `${folderOf(size)}-${n}.bin`, randomBytes(bytes));
  await write(sftp, 'index.html', 'ready');
  await rest.post(`/hosting/projects/${project.id}/releases`, {});
  await world.untilLive(project, 'ready', performance.now());
  return { hostname: project.hostname, root: join(world.sites, project.id, 'releases', '1') };
}

/** The same program and folder, as little as it needs. */
async function startPlain({ folder }: HostingBenchWorld, root: string): Promise<[Child, string]> {
  const dir = join(folder, 'plain');
  mkdirSync(dir, { mode: 0o777 });
  const port = await freePort();
  const file = join(dir, 'nginx.conf');
  writeFileSync(file, plainConfig({ dir, port, root }));
  const url = `http://127.0.0.1:${port}`;
  const child = await launch({
    ...{ name: 'plain', command: '/usr/sbin/nginx', args: ['-c', file, '-p', dir, '-e', 'stderr'] },
    ...{ log: join(dir, 'plain.log'), stopSignal: 'SIGQUIT' as const },
    notReady: async () => undefined,
  });
  return [child, url];
}

function plainConfig({ dir, port, root }: { dir: string; port: number; root: string }): string {
  const user = serverUser() ? 'user nobody nogroup;' : '';
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${join(dir, kind)};`,
  );
  return `${user}
daemon off;
worker_processes 2;
pid ${join(dir, 'nginx.pid')};
events { worker_connections 4096; }
http {
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  sendfile on;
  tcp_nopush on;
  access_log off;
  ${temporary.join('\n  ')}
  server { listen 127.0.0.1:${port}; root ${root}; }
}
`;
}
