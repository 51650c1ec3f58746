/** nginx as the web server of all sites: it answers by the Host header from what is on disk, and knows no site by itself. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from './child';
import { ownFolder, type Owner, serverUser, writeAtomically } from './files';
import { type PreparedServer, type Server, startServer } from './server';
import { PROGRAM, programsOf } from './web-programs';
import { challengesOf, TLS_SESSIONS, tlsOf, type WebTls } from './web-tls';

export interface WebOptions {
  /** Holds the configuration and what is under way. */
  readonly dir: string;
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** The folder `sites` of the hosting service. */
  readonly sites: string;
  /** Without it sites are served without TLS only. */
  readonly tls?: WebTls;
  /** Default `<dir>.log`. */
  readonly log?: string;
  /** Default nobody when we are root. */
  readonly user?: Owner;
}

export const NO_SITE = 'There is no site under this name.\n';

/** nginx and its module of Lua, in Debian's packages. */
export const WEB_PACKAGES = 'nginx-light libnginx-mod-http-lua';
const MODULES = ['ndk_http_module', 'ngx_http_lua_module'].map((name) => `/usr/lib/nginx/modules/${name}.so`);

/** Of ours, beside this file. */
export const LUA = ['ingress.lua', 'certificates.lua', 'sites.lua'];

/** Whether there is an nginx on this machine that can serve sites. */
export const hasWeb = (): boolean => program() !== undefined && MODULES.every((file) => existsSync(file));

export async function startWeb(options: WebOptions): Promise<Server> {
  const { spec, url } = prepareWeb(options);
  return startServer(spec, url);
}

/** Throws when there is no nginx. */
export function prepareWeb(options: WebOptions): PreparedServer {
  const command = program();
  if (!command || !hasWeb()) throw new Error(`nginx or its Lua is missing: apt-get install ${WEB_PACKAGES}`);
  const { dir, port, host = '127.0.0.1' } = options;
  const owner = options.user ?? serverUser();
  const file = join(dir, 'nginx.conf');
  const url = `http://${host}:${port}`;
  return {
    url,
    spec: {
      name: 'web',
      command,
      args: ['-c', file, '-p', dir, '-e', 'stderr'],
      log: options.log ?? `${dir}.log`,
      user: owner,
      stopSignal: 'SIGQUIT',
      prepare: async () => {
        ownFolder(dir, owner);
        writeAtomically(file, webConfig(options), owner);
        for (const name of LUA)
          writeAtomically(join(dir, name), readFileSync(join(__dirname, name), 'utf8'), owner);
      },
      notReady: () => notAnswering(url),
    },
  };
}

const program = (): string | undefined => findProgram('nginx') ?? findProgram('/usr/sbin/nginx');

async function notAnswering(url: string): Promise<string | undefined> {
  try {
    const { status } = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    return status === 404 ? undefined : `${url} answers ${status}`;
  } catch (error) {
    return `${url}: ${(error as Error).message}`;
  }
}

/** Releases never change; a log may be moved away. */
const REMEMBERED = `  open_file_cache max=2000 inactive=20s;
  open_file_cache_valid 20s;
  open_log_file_cache max=500 inactive=10s valid=1s;
`;

/**
 * `sites/hosts/<name>` is a link to the release that is served, `<project>/releases/<number>`; beside `releases` lies
 * `logs`. A site that runs a program leads to `<project>/run-<revision>/root`, with the file `endpoints` beside it. Lua looks where the
 * name leads for each request (sites.lua): below the link itself nginx would remember files of the release before. nginx makes a name
 * lower case, takes port and last dot away, and refuses slashes and two dots in it.
 */
export function webConfig({ dir, port, host = '127.0.0.1', sites, tls }: WebOptions): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${join(dir, kind)};`,
  );
  return `${MODULES.map((file) => `load_module ${file};`).join('\n')}
daemon off;
worker_processes 2;
worker_rlimit_nofile 16384;
pid ${join(dir, 'nginx.pid')};
error_log stderr warn;
events { worker_connections 4096; }
http {
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  charset utf-8;
  sendfile on;
  tcp_nopush on;
  server_tokens off;
  access_log off;
${REMEMBERED}  ${temporary.join('\n  ')}
  log_format visit '$remote_addr [$time_iso8601] "$request" $status $body_bytes_sent "$http_user_agent"';
${tls ? TLS_SESSIONS : ''}${programsOf(dir)}  server {
    listen ${host}:${port} default_server;${tlsOf(tls, `${host}:${tls?.port} default_server`)}
    default_type text/plain;
    location / { return 404 '${NO_SITE.trim()}\\n'; }
  }
  server {
    listen ${host}:${port};${tlsOf(tls, `${host}:${tls?.port}`)}
    server_name "~^(?<site>[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)$";
    set $release '';
    set_by_lua_block $kind { return require('sites').find('${sites}'${tls ? `, '${tls.challenges}'` : ''}) }
    root ${sites}/$release;
    index index.html;
    absolute_redirect off;
    add_header X-Content-Type-Options nosniff always;
    access_log ${sites}/$release/../../logs/access.log visit;
    error_page 404 /404.html;
${challengesOf(tls)}    if ($kind = none) { rewrite ^ /.nubo-no-site last; }
${PROGRAM}    location = /.nubo-no-site {
      internal;
      access_log off;
      default_type text/plain;
      return 404 '${NO_SITE.trim()}\\n';
    }
    location ~ /\\.(?!well-known/) { return 404; }
    location / { try_files $uri $uri/ =404; }
  }
}
`;
}
