// Image files on a real host, over SSH.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type HostsAccess } from '@nubo/fleet';
import { hostPathOf, SshCopyDriver, type CopyVisit } from '../../apps/compute/src/images/image-copies.driver';
import { Lab } from '../../lab';
import { enrolledHost, type EnrolledHost } from './enrolled';

jest.setTimeout(60_000);

const HOST = 'copies-a';
const imageId = '6f0c1fd5-6f0b-4d30-9b5c-6a5a4a3f2a11';
const content = Buffer.alloc(3_000_000, 'image');
const file = { imageId, sha256: createHash('sha256').update(content).digest('hex'), bytes: content.length };

let lab: Lab;
let host: EnrolledHost;
let driver: SshCopyDriver;
let folder: string;
let from: string;

beforeAll(async () => {
  lab = await Lab.attach();
  host = await enrolledHost(lab, HOST);
  driver = new SshCopyDriver({ reach: async () => host.remote } as unknown as HostsAccess);
  folder = mkdtempSync(join(tmpdir(), 'nubo-copies-'));
  from = join(folder, 'image.qcow2');
  writeFileSync(from, content);
});

afterAll(async () => {
  host?.pool.close();
  await lab.powerOff(HOST);
  rmSync(folder, { recursive: true, force: true });
});

const copy = (of = imageId) => ({ copyId: 'c1', hostId: HOST, imageId: of, kind: 'vm' as const });
const visit = (fence = 1, of = imageId): CopyVisit => ({
  ...copy(of),
  fence,
  signal: new AbortController().signal,
});
const onHost = async (line: string): Promise<string> => (await lab.execOnHost(HOST, line)).stdout.trim();

describe('the copy of an image on a host', () => {
  it('arrives whole, readable by guests’ users, in a folder that nobody lists', async () => {
    expect(await driver.has(copy(), content.length)).toBe(false);
    await driver.copy(visit(), file, from);
    expect(await driver.has(copy(), content.length)).toBe(true);
    expect(await onHost(`sha256sum <${hostPathOf(imageId)}`)).toContain(file.sha256);
    expect(await onHost(`stat -c %a ${hostPathOf(imageId)} /var/lib/nubo/images`)).toBe('644\n711');
  });

  it('is not sent again when it is there', async () => {
    const sent = (): number => host.records.reduce((sum, { bytesIn }) => sum + bytesIn, 0);
    const before = sent();
    await driver.copy(visit(), file, from);
    expect(sent()).toBe(before);
  });

  it('is replaced when it is not what it was', async () => {
    await onHost(`truncate -s 100 ${hostPathOf(imageId)}`);
    expect(await driver.has(copy(), content.length)).toBe(false);
    await driver.copy(visit(), file, from);
    expect(await driver.has(copy(), content.length)).toBe(true);
  });

  it('that arrives broken leaves nothing', async () => {
    const other = { ...file, sha256: '0'.repeat(64) };
    const elsewhere = visit(1, '0b5e7f62-2f6e-4c6f-8a24-1f3a0a0f7c11');
    await expect(driver.copy(elsewhere, other, from)).rejects.toThrow('the image arrived broken');
    expect(await onHost('ls /var/lib/nubo/images')).toBe(`${imageId}.qcow2`);
  });

  it('is not touched by a run that was overtaken', async () => {
    await driver.copy(visit(5), file, from);
    await expect(driver.remove(visit(4))).rejects.toMatchObject({ kind: 'fenced' });
    expect(await driver.has(copy(), content.length)).toBe(true);
  });

  it('is removed with its fence, and twice is harmless', async () => {
    await driver.remove(visit(5));
    await driver.remove(visit(5));
    expect(await onHost('ls /var/lib/nubo/images /var/lib/nubo/fence | grep -v :')).toBe('');
  });
});
