import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from './child';
import { projectRoot, removeFolder } from './files';
import { SERVICES } from './service-specs';

interface ComposeService {
  readonly image: string;
  readonly build?: { readonly target: string };
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly container_name?: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
}

type Services = Readonly<Record<string, ComposeService>>;

jest.setTimeout(60_000);

let known: Services | undefined;
/** docker-compose takes most of a second for an answer: it is asked once. */
const services = (): Services => (known ??= composeConfig().services);

describe('docker-compose.yml', () => {
  it('is valid for docker-compose', () => {
    expect(() => compose(['config', '-q'])).not.toThrow();
  });

  it.each(SERVICES)('runs %s with a healthcheck, after the keys are made and the bus answers', (name) => {
    const service = services()[name];
    expect(service.healthcheck?.test).toContain('healthcheck.mjs');
    expect(service.environment?.NUBO_SERVICE).toBe(name);
    expect(service.depends_on).toMatchObject({
      setup: { condition: 'service_completed_successfully' },
      nats: { condition: 'service_healthy' },
    });
  });

  it('keeps the database from the gateway and lets the others wait for it', () => {
    const waiting = SERVICES.filter(
      (name) => services()[name].depends_on?.postgres?.condition === 'service_healthy',
    );
    const knowing = SERVICES.filter((name) => services()[name].environment?.DATABASE_URL_FILE);
    expect(waiting).toEqual(['tenant', 'compute', 'network', 'pat', 'cdn', 'hosting']);
    expect(knowing).toEqual(waiting);
  });

  it('allows replicas of every service behind the gateway', () => {
    const fixed = SERVICES.filter(
      (name) => services()[name].container_name ?? services()[name].ports?.length,
    );
    expect(fixed).toEqual(['gateway']);
  });

  it('publishes its ports on the loopback address unless told otherwise', () => {
    const ports = Object.values(services()).flatMap((service) => service.ports ?? []);
    expect(ports.sort()).toEqual([
      '127.0.0.1:1080:1080/tcp',
      '127.0.0.1:2022:2022/tcp',
      '127.0.0.1:5300:5300/tcp',
      '127.0.0.1:5300:5300/udp',
      '127.0.0.1:8080:8080/tcp',
      '127.0.0.1:8088:8080/tcp',
    ]);
  });

  it.each(['postgres', 'nats', 'mail', 'sftp', 'web', 'dns'])('gives %s a healthcheck', (name) => {
    expect(services()[name].healthcheck?.test?.[0]).toBe('CMD');
  });

  it('lets SFTP write and the web server read what hosting keeps, and nobody else', () => {
    const sharing = Object.entries(services()).filter(([, { volumes = [] }]) =>
      volumes.some((volume) => volume.startsWith('sites:')),
    );
    expect(sharing.map(([name]) => name).sort()).toEqual(['hosting', 'sftp', 'web']);
    expect(services().hosting.volumes).toContain('sites:/data:rw');
    expect(services().sftp.volumes).toContain('sites:/sites:rw');
    expect(services().sftp.environment?.NUBO_HOSTING_DIR).toBe('/sites');
  });

  it('keeps the database and the bus from SFTP and from the web server', () => {
    const knowing = ['sftp', 'web'].filter((name) =>
      Object.keys(services()[name].environment ?? {}).some((setting) => /^(DATABASE|NATS)_URL/.test(setting)),
    );
    expect(knowing).toEqual([]);
    expect(services().dns.environment).toEqual({ DATABASE_URL_FILE: '/secrets/database-url' });
  });

  it('tells hosting all of a cluster, and shows it the file that leads there', () => {
    const example = readFileSync(join(projectRoot(), '.env.example'), 'utf8');
    const settings = example.match(/(?<=^#)NUBO_(KUBE\w+|HOSTING_RUNNER)(?==)/gm) ?? [];
    expect(settings).toHaveLength(9);
    expect(Object.keys(services().hosting.environment ?? {})).toEqual(expect.arrayContaining(settings));
    const given = Object.fromEntries(settings.map((name) => [name, `of ${name}`]));
    const { environment, volumes } = composeConfig({ ...given, NUBO_KUBECONFIG: '/etc/kube' }).services
      .hosting;
    expect(environment).toMatchObject({ ...given, NUBO_KUBECONFIG: '/etc/kube' });
    expect(volumes).toContain('/etc/kube:/etc/kube:ro');
  });

  it('tells hosting where the name server is that it runs', () => {
    expect(services().hosting.environment).toMatchObject({
      NUBO_DNS_URL: 'http://dns:8053',
      NUBO_DNS_KEY_FILE: '/secrets/dns-key',
    });
  });
});

describe('the Dockerfile', () => {
  const stages = readFileSync(join(projectRoot(), 'Dockerfile'), 'utf8').split(/^FROM /m);
  const stage = (name: string): string =>
    stages.find((text) => text.split('\n', 1)[0].endsWith(` AS ${name}`)) ?? '';

  it.each(['service', 'mail', 'dns'])(
    'runs the image %s as another user than root, with a healthcheck',
    (name) => {
      expect(stage(name)).toMatch(/^USER node$/m);
      expect(stage(name)).toMatch(/^HEALTHCHECK /m);
    },
  );

  it('runs nginx as the user of hosting', () => {
    expect(stage('web')).toMatch(/^USER 1000:1000$/m);
    expect(stage('web')).toMatch(/^HEALTHCHECK /m);
  });

  it('copies everything that the containers’ commands need', () => {
    const [, folders] = /swc\.js ([a-z ]+) -d dist/.exec(stage('build')) ?? [];
    const place = mkdtempSync(join(projectRoot(), '.nubo', 'image-'));
    try {
      const swc = join(projectRoot(), 'node_modules/@swc/cli/bin/swc.js');
      const compile = [swc, ...(folders?.split(' ') ?? []), '-d', join(place, 'dist'), '--copy-files'];
      execFileSync(process.execPath, compile, { cwd: projectRoot(), stdio: 'pipe' });
      writeFileSync(join(place, 'package.json'), '{}');
      const setup = [join(place, 'dist/stack/cli.js'), 'keys', '--dir', join(place, 'secrets')];
      execFileSync(process.execPath, setup, { stdio: 'pipe' });
      expect(readdirSync(join(place, 'secrets'))).toEqual(expect.arrayContaining(['dns', 'sftp', 'web']));
      const tables = spawnSync(process.execPath, [join(place, 'dist/stack/cli.js'), 'dns-tables'], {
        encoding: 'utf8',
        env: {},
      });
      expect(tables.stderr).toContain('DATABASE_URL must be set');
    } finally {
      removeFolder(place);
    }
  });

  it('has one image for all services, and it is the one that a build without a target gives', () => {
    expect(stages.at(-1)).toBe(stage('service'));
    const images = SERVICES.map((name) => services()[name].image);
    expect(new Set(images)).toEqual(new Set(['nubo']));
  });
});

function composeConfig(more: Record<string, string> = {}): { services: Services } {
  // docker-compose 1.29 prints YAML only; it is written in Python, so Python's YAML is there.
  const toJson = 'import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin)))';
  const json = execFileSync('python3', ['-c', toJson], {
    input: compose(['config'], more),
    encoding: 'utf8',
  });
  return JSON.parse(json) as { services: Services };
}

function compose(args: string[], more: Record<string, string> = {}): string {
  const program = findProgram('docker-compose');
  if (!program) throw new Error('docker-compose is missing: apt-get install docker-compose');
  const env = { PATH: process.env.PATH, ...more };
  return execFileSync(program, args, { cwd: projectRoot(), encoding: 'utf8', env });
}
