/** Where what makes sites reachable listens, and what people are told. Nothing is started. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeFolder } from './files';
import { ensureKeys } from './keys';
import { type PlatformPlace } from './platform-place';
import { choosePorts } from './platform-ports';
import { freePort } from './ports';
import { siteProcesses } from './site-servers';
import { temporaryFolder } from './testing';

jest.setTimeout(30_000);

describe('the servers of sites', () => {
  const folder = temporaryFolder();
  let place: PlatformPlace;
  beforeAll(async () => {
    place = {
      options: { dataDir: folder, mail: 'catcher', fsync: false },
      ports: await choosePorts(await freePort()),
      keys: ensureKeys(join(folder, 'keys')),
      logDir: folder,
      environment: {},
      owner: () => undefined,
    };
  });
  afterAll(() => removeFolder(folder));

  /** What the configurations of web server and SFTP say. */
  async function listening(environment: NodeJS.ProcessEnv): Promise<string[]> {
    const all = siteProcesses({ ...place, environment }, 'postgres://nubo@127.0.0.1/nubo');
    const of = (name: string) => all.find((spec) => spec.name === name);
    await of('web')?.prepare?.();
    const web = readFileSync(join(folder, 'web', 'nginx.conf'), 'utf8');
    const at = [...web.matchAll(/listen ([\d.]+):/g)].map(([, address]) => address);
    return [...new Set(at), String(of('sftp')?.env?.NUBO_SFTP_LISTEN)];
  }

  it('are for this machine, until the operator lets others in', async () => {
    expect(await listening({})).toEqual(['127.0.0.1', '127.0.0.1']);
    const open = { NUBO_HOSTING_LISTEN: '192.0.2.7', NUBO_SFTP_LISTEN: '0.0.0.0' };
    expect(await listening(open)).toEqual(['192.0.2.7', '0.0.0.0']);
  });

  it.each(['NUBO_HOSTING_LISTEN', 'NUBO_SFTP_LISTEN', 'NUBO_DNS_LISTEN'])(
    'are not started with a %s that is no address',
    async (setting) => {
      await expect(listening({ [setting]: 'eth0' })).rejects.toThrow(`${setting} must be an IPv4 address`);
    },
  );
});
