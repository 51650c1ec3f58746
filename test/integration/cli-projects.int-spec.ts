/** Projects with `nubo`; the built program against the whole gateway. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  addDomain,
  addSshKey,
  createProject,
  getProject,
  listProjectReleases,
  listProjects,
  listDomains,
  listSshKeys,
  publishProject,
  readProjectLog,
  removeDomain,
  removeSshKey,
  resetSftpPassword,
  rollBackProject,
  updateProject,
} from '@nubo/contracts';
import { CliFixture, ID, OTHER, vm } from './cli-fixtures';

jest.setTimeout(60_000);

const KEY = {
  id: OTHER,
  type: 'ssh-ed25519',
  fingerprint: 'SHA256:abc',
  comment: 'ada',
  createdAt: '2026-05-04T10:00:00.000Z',
};
const project = (more: object = {}): object =>
  vm({
    name: 'shop',
    state: 'ready',
    template: 'static',
    hostname: 'shop.sites.test',
    url: 'http://shop.sites.test',
    sftp: { host: 'sftp.sites.test', port: 2022, login: 'shop-abc' },
    keepReleases: 5,
    autoPublish: 'quiet',
    quietSeconds: 3,
    ...more,
  });

describe('nubo project', () => {
  const fixture = CliFixture.install();
  const inputsOf = (...[op]: Parameters<typeof fixture.gateway.services.callsOf>): object[] =>
    fixture.gateway.services.callsOf(op).map(({ input }) => input);
  beforeEach(() => {
    fixture.logIn();
    const { services } = fixture.gateway;
    services.answer(listProjects, () => ({ items: [project()] }));
    services.answer(getProject, () => project());
    services.answer(createProject, () => project({ state: 'creating', password: 'shown-once' }));
    services.answer(listSshKeys, () => ({ items: [KEY] }));
  });

  it('add makes one, waits for it, and shows where and with which password to upload', async () => {
    const { code, stdout } = await fixture.nubo.run(['project', 'add', 'shop', '--publish', 'file']);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: [
        `project shop is ready. ${ID}`,
        'Upload:   sftp -P 2022 shop-abc@sftp.sites.test',
        'Password: shown-once   (shown this once)',
        '',
      ].join('\n'),
    });
    expect(inputsOf(createProject)).toEqual([{ name: 'shop', autoPublish: 'file' }]);
  });

  it('add answers programs one document, with the password in it', async () => {
    const { stdout } = await fixture.nubo.run(['project', 'add', 'shop', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ state: 'ready', password: 'shown-once' });
  });

  it('update changes how it is published', async () => {
    fixture.gateway.services.answer(updateProject, () => project());
    const args = ['project', 'update', 'shop', '--quiet', '10', '--keep', '2'];
    expect(await fixture.nubo.run(args)).toMatchObject({ code: 0 });
    expect(inputsOf(updateProject)).toEqual([{ id: ID, quietSeconds: 10, keepReleases: 2 }]);
  });

  it('password makes a new one and shows it', async () => {
    fixture.gateway.services.answer(resetSftpPassword, () => ({
      id: ID,
      login: 'shop-abc',
      password: 'fresh',
    }));
    const { stdout } = await fixture.nubo.run(['project', 'password', 'shop']);
    expect(stdout).toContain('Login shop-abc, password fresh');
  });

  it('keys, add-key and rm-key look after SSH keys', async () => {
    const file = join(fixture.nubo.home, 'id.pub');
    writeFileSync(file, 'ssh-ed25519 AAAAexample-of-a-key ada\n');
    fixture.gateway.services.answer(addSshKey, () => KEY);
    fixture.gateway.services.answer(removeSshKey, () => ({}));
    expect((await fixture.nubo.run(['project', 'add-key', 'shop', file])).stdout).toContain('SHA256:abc');
    expect((await fixture.nubo.run(['project', 'keys', 'shop'])).stdout).toContain('SHA256:abc');
    expect(await fixture.nubo.run(['project', 'rm-key', 'shop', 'SHA256:abc'])).toMatchObject({ code: 0 });
    expect(inputsOf(addSshKey)).toEqual([{ id: ID, key: 'ssh-ed25519 AAAAexample-of-a-key ada' }]);
    expect(inputsOf(removeSshKey)).toEqual([{ id: ID, keyId: OTHER }]);
  });

  it('domain add says which record to make, ls shows what became of it, rm takes it away', async () => {
    const domain = {
      ...{ id: OTHER, projectId: ID, domain: 'www.example.org', state: 'pending', served: false },
      ...{ stateReason: 'There is no record.', checkedAt: null, provenAt: null, certificate: null },
      record: { name: '_nubo-challenge.www.example.org', type: 'TXT', value: 'nubo-verify=abc' },
      ...{ target: 'shop.sites.test', createdAt: '2026-05-04T10:00:00.000Z' },
    };
    const { services } = fixture.gateway;
    services.answer(addDomain, () => domain);
    services.answer(listDomains, () => ({ items: [domain] }));
    services.answer(removeDomain, () => ({ ...domain, state: 'deleting' }));
    expect((await fixture.nubo.run(['project', 'domain', 'add', 'shop', 'www.example.org'])).stdout).toBe(
      [
        'www.example.org is pending for shop.',
        'Make this record: _nubo-challenge.www.example.org. TXT "nubo-verify=abc"',
        'Lead visitors:    www.example.org. CNAME shop.sites.test.',
        '',
      ].join('\n'),
    );
    const { stdout } = await fixture.nubo.run(['project', 'domain', 'ls', 'shop']);
    expect(stdout).toMatch(/www\.example\.org +pending +no +– +– +There is no record\./);
    expect(await fixture.nubo.run(['project', 'domain', 'rm', 'shop', 'WWW.Example.org.'])).toMatchObject({
      code: 0,
      stdout: 'shop is served under www.example.org no more.\n',
    });
    expect(inputsOf(addDomain)).toEqual([{ id: ID, domain: 'www.example.org' }]);
    expect(inputsOf(removeDomain)).toEqual([{ id: ID, domainId: OTHER }]);
    expect(await fixture.nubo.run(['project', 'domain', 'rm', 'shop', 'other.example'])).toMatchObject({
      code: 4,
    });
  });

  it('publish, releases, rollback and logs say what is served', async () => {
    const release = { number: 2, state: 'active', files: 3, bytes: 2048, publishedBy: 'quiet' };
    const { services } = fixture.gateway;
    const made = { ...release, id: OTHER, projectId: ID, createdAt: '2026-05-04T10:00:00.000Z' };
    services.answer(publishProject, () => ({ ...made, state: 'waiting' }));
    services.answer(listProjectReleases, () => ({ items: [made] }));
    services.answer(rollBackProject, () => project({ state: 'updating' }));
    services.answer(readProjectLog, () => ({ text: 'GET / 200\n' }));
    expect((await fixture.nubo.run(['project', 'publish', 'shop'])).stdout).toBe(
      'Release 2 of shop is active.\n',
    );
    expect((await fixture.nubo.run(['project', 'publish', 'shop', '--no-wait'])).stdout).toContain(
      'being made',
    );
    expect((await fixture.nubo.run(['project', 'releases', 'shop'])).stdout).toContain('2.0 KiB');
    expect(await fixture.nubo.run(['project', 'rollback', 'shop', '1'])).toMatchObject({
      code: 0,
      stdout: `project shop is ready. ${ID}\n`,
    });
    expect((await fixture.nubo.run(['project', 'logs', 'shop', '--lines', '5'])).stdout).toBe('GET / 200\n');
    expect(inputsOf(rollBackProject)).toEqual([{ id: ID, release: 1 }]);
    expect(inputsOf(readProjectLog)).toEqual([{ id: ID, lines: 5 }]);
    services.answer(readProjectLog, () => ({ text: '' }));
    expect(await fixture.nubo.run(['project', 'logs', 'shop'])).toMatchObject({ code: 0, stdout: '' });
  });

  it('publish waits until the release is made and served, and says why it is not', async () => {
    const { services } = fixture.gateway;
    const made = { id: OTHER, projectId: ID, number: 2, createdAt: '2026-05-04T10:00:00.000Z' };
    const states = ['waiting', 'waiting', 'ready'];
    services.answer(publishProject, () => ({ ...made, state: 'waiting' }));
    services.answer(listProjectReleases, () => ({
      items: [{ ...made, state: states.shift() ?? 'active', stateReason: 'too many files' }],
    }));
    const projects = ['ready', 'ready', 'updating'];
    services.answer(getProject, () => project({ state: projects.shift() ?? 'ready' }));
    expect((await fixture.nubo.run(['project', 'publish', ID])).stdout).toContain('is active.');
    expect([states, projects]).toEqual([[], []]);
    states.push('waiting', 'error', 'error');
    const { code, stderr } = await fixture.nubo.run(['project', 'publish', ID]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('too many files')]);
  });
});
