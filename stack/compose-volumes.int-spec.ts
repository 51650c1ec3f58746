import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepareComposeVolumes } from './compose-volumes';
import { removeFolder } from './files';
import { natsBinary } from './nats-binary';
import { temporaryFolder } from './testing';

jest.setTimeout(60_000);

describe('the volumes of docker-compose', () => {
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
    prepareComposeVolumes(folder);
  });
  afterEach(() => removeFolder(folder));

  const read = (...path: string[]): string => readFileSync(join(folder, ...path), 'utf8');

  it('give the gateway no way to the database and no private key', () => {
    expect(readdirSync(join(folder, 'gateway')).sort()).toEqual(['jwt.pub.pem', 'nats-url']);
  });

  it('give each service its own user on the bus', () => {
    expect(read('pat', 'nats-url')).toMatch(/^nats:\/\/pat:[^@]+@nats:4222$/);
    expect(read('compute', 'nats-url')).toMatch(/^nats:\/\/compute:[^@]+@nats:4222$/);
  });

  it('give the services the password that Postgres is made with', () => {
    expect(new URL(read('tenant', 'database-url')).password).toBe(read('postgres', 'password'));
  });

  it('hold the key of variables for who keeps them alone', () => {
    const holders = readdirSync(folder).filter((name) =>
      readdirSync(join(folder, name)).includes('secrets.key'),
    );
    expect(holders).toEqual(['compute', 'hosting', 'setup']);
  });

  it('hold the name server’s key for it and for hosting alone', () => {
    const config = read('dns', 'pdns.conf');
    expect(config).toContain(`api-key=${read('hosting', 'dns-key')}\n`);
    expect(config).toContain('gpgsql-host=postgres\n');
    expect(readdirSync(join(folder, 'sftp'))).toEqual(['sftp-secret']);
  });

  it('hold a configuration that nginx accepts', () => {
    const place = join(folder, 'web');
    const config = join(place, 'checked.conf');
    writeFileSync(config, read('web', 'nginx.conf').replaceAll('/web', place));
    const check = ['-t', '-q', '-c', config, '-p', place, '-e', 'stderr'];
    expect(() => execFileSync('/usr/sbin/nginx', check, { stdio: 'pipe' })).not.toThrow();
  });

  it('stay the same when setup runs again', () => {
    const before = `${folder}-before`;
    cpSync(folder, before, { recursive: true });
    prepareComposeVolumes(folder);
    expect(() => execFileSync('diff', ['-r', before, folder])).not.toThrow();
    removeFolder(before);
  });

  it('can be read by whatever user a container has, but not written', () => {
    expect(statSync(join(folder, 'nats', 'nats.conf')).mode & 0o777).toBe(0o444);
  });

  it('hold a configuration that nats-server accepts', () => {
    const config = join(folder, 'checked.conf');
    writeFileSync(config, read('nats', 'nats.conf').replace('"/data"', `"${folder}/store"`));
    expect(() => execFileSync(natsPath, ['-t', '-c', config], { stdio: 'pipe' })).not.toThrow();
  });

  let natsPath: string;
  beforeAll(async () => {
    natsPath = await natsBinary();
  });
});
