/** What lies in the folders of web servers when somebody was killed while it was written. */
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostingConfig } from '../hosting.config';
import { AcmeInMemory } from '../testing/acme-in-memory';
import { CertificateFiles } from './certificate-files.driver';

describe('the files of certificates', () => {
  let folder: string;
  let files: CertificateFiles;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nubo-certificates-'));
    files = new CertificateFiles({ folder } as HostingConfig);
    await mkdir(join(folder, 'certificates'));
    for (const name of ['a.example.pem.draft', 'aa.example.pem', 'aa.example.pem.draft'])
      await writeFile(join(folder, 'certificates', name), 'KEY');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const certificates = async (): Promise<string[]> => (await readdir(join(folder, 'certificates'))).sort();

  it('are whole ones only, once one is put there', async () => {
    const { chain, key } = await new AcmeInMemory().obtain('a.example');
    await files.put('a.example', chain, key);
    expect(await certificates()).toEqual(['a.example.pem', 'aa.example.pem', 'aa.example.pem.draft']);
  });

  it('are gone with their domain, keys of half-written ones, too', async () => {
    await files.remove('a.example');
    expect(await certificates()).toEqual(['aa.example.pem', 'aa.example.pem.draft']);
  });

  it('hold no answer for longer than any authority looks for it', async () => {
    const answers = join(folder, 'challenges', '.well-known', 'acme-challenge');
    for (const token of ['old', 'young']) await files.answer(token, 'text');
    const long = new Date(Date.now() - 2 * 86_400_000);
    await utimes(join(answers, 'old'), long, long);
    await files.answer('new', 'text');
    expect((await readdir(answers)).sort()).toEqual(['new', 'young']);
  });
});
