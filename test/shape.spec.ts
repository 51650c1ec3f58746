import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');

const SERVICES = ['gateway', 'tenant', 'compute', 'network', 'pat', 'cdn', 'hosting'];

const PACKAGES = [
  '@nestjs/core',
  '@nestjs/microservices',
  '@nestjs/typeorm',
  'typeorm',
  'pg',
  'nats',
  '@nestjs/passport',
  'passport-jwt',
  'nodemailer',
  'ssh2',
  'jest',
];

const json = <T>(file: string): T => JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as T;

describe('the shape of the project', () => {
  it.each([
    'apps',
    'libs',
    'test',
    'docker-compose.yml',
    'nest-cli.json',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
  ])('has %s at the top', (name) => {
    expect(existsSync(join(ROOT, name))).toBe(true);
  });

  it.each(PACKAGES)('stands on %s, at an exact version', (name) => {
    const { dependencies, devDependencies } = json<Record<string, Record<string, string>>>('package.json');
    expect({ ...dependencies, ...devDependencies }[name]).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it.each(SERVICES)('is known to the Nest CLI, docker-compose and the disk: %s', (name) => {
    const { projects } = json<{ projects: Record<string, { sourceRoot: string; entryFile: string }> }>(
      'nest-cli.json',
    );
    const { sourceRoot = '', entryFile = '' } = projects[name] ?? {};
    expect(existsSync(join(ROOT, sourceRoot, `${entryFile}.ts`))).toBe(true);
    expect(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8')).toContain(`\n  ${name}:\n`);
  });
});
