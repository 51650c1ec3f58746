import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from './child';
import { projectRoot } from './files';
import { SERVICES } from './service-specs';

interface ComposeService {
  readonly image: string;
  readonly build?: { readonly target: string };
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly container_name?: string;
  readonly ports?: readonly string[];
}

type Services = Readonly<Record<string, ComposeService>>;

jest.setTimeout(60_000);

let known: Services | undefined;
/** docker-compose takes most of a second for an answer: it is asked once. */
const services = (): Services => (known ??= composeConfig().services);

describe('docker-compose.yml', () => {
  it('is valid for docker-compose', () => {
    expect(() => compose('config', '-q')).not.toThrow();
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
    expect(ports.sort()).toEqual(['127.0.0.1:1080:1080/tcp', '127.0.0.1:8080:8080/tcp']);
  });

  it('gives Postgres, the bus and the mail catcher a healthcheck', () => {
    const checked = ['postgres', 'nats', 'mail'].map((name) => services()[name].healthcheck?.test?.[0]);
    expect(checked).toEqual(['CMD', 'CMD', 'CMD']);
  });
});

describe('the Dockerfile', () => {
  const stages = readFileSync(join(projectRoot(), 'Dockerfile'), 'utf8').split(/^FROM /m);
  const stage = (name: string): string =>
    stages.find((text) => text.split('\n', 1)[0].endsWith(` AS ${name}`)) ?? '';

  it.each(['service', 'mail'])('runs the image %s as another user than root, with a healthcheck', (name) => {
    expect(stage(name)).toMatch(/^USER node$/m);
    expect(stage(name)).toMatch(/^HEALTHCHECK /m);
  });

  it('has one image for all services, and it is the one that a build without a target gives', () => {
    expect(stages.at(-1)).toBe(stage('service'));
    const images = SERVICES.map((name) => services()[name].image);
    expect(new Set(images)).toEqual(new Set(['nubo']));
  });
});

function composeConfig(): { services: Services } {
  // docker-compose 1.29 prints YAML only; it is written in Python, so Python's YAML is there.
  const toJson = 'import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin)))';
  const json = execFileSync('python3', ['-c', toJson], { input: compose('config'), encoding: 'utf8' });
  return JSON.parse(json) as { services: Services };
}

function compose(...args: string[]): string {
  const program = findProgram('docker-compose');
  if (!program) throw new Error('docker-compose is missing: apt-get install docker-compose');
  const env = { PATH: process.env.PATH };
  return execFileSync(program, args, { cwd: projectRoot(), encoding: 'utf8', env });
}
