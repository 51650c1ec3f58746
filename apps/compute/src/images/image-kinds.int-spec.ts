// What is in a file decides: files as tools make them, and as somebody with bad intentions would.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { eventually } from '@nubo/testing';
import { ImageWorld, MAX_BYTES, sends } from '../testing/image-world';
import { ImageFiles } from './qemu-img.driver';

jest.setTimeout(60_000);

let world: ImageWorld;
let trap: Server;
let reached = 0;
beforeAll(async () => {
  world = await ImageWorld.start();
  trap = createServer((socket) => {
    reached += 1;
    socket.destroy();
  });
  trap.listen(0, '127.0.0.1');
  await new Promise((resolve) => trap.once('listening', resolve));
});
afterAll(async () => {
  trap?.close();
  await world?.stop();
});

const port = (): number => (trap.address() as AddressInfo).port;
const path = (name: string): string => join(world.folder, name);
function qemuImg(name: string, ...args: string[]): Buffer {
  execFileSync('qemu-img', args, { stdio: 'pipe' });
  return readFileSync(path(name));
}
const qcow2 = (name: string, ...options: string[]): Buffer =>
  qemuImg(name, 'create', '-q', '-f', 'qcow2', ...options, path(name), '1M');
const patched = (file: Buffer, patch: (file: Buffer) => void): Buffer => {
  const copy = Buffer.from(file);
  patch(copy);
  return copy;
};
function bitmaps(): Buffer {
  qcow2('bitmap.qcow2');
  return qemuImg('bitmap.qcow2', 'bitmap', '--add', path('bitmap.qcow2'), 'b0');
}
function iso(): Buffer {
  writeFileSync(path('readme'), 'read me');
  execFileSync('genisoimage', ['-quiet', '-o', path('a.iso'), path('readme')], { stdio: 'pipe' });
  // As isohybrid makes it: it boots from a stick, too.
  return patched(readFileSync(path('a.iso')), (file) => file.writeUInt16BE(0x55aa, 510));
}
const foreign = (format: string): Buffer =>
  qemuImg(`a.${format}`, 'create', '-q', '-f', format, path(`a.${format}`), '1M');
/** Not LUKS: qemu-img (7.2) measures the CPU for its key and gives up when the kernel's clock of it is too coarse. */
const encrypted = (): Buffer =>
  qcow2('e.qcow2', '--object', 'secret,id=s,data=x', '-o', 'encrypt.format=aes,encrypt.key-secret=s');

const CASES: [string, () => Buffer, RegExp][] = [
  ['leans on a local file', () => qcow2('b.qcow2', '-u', '-F', 'raw', '-b', '/etc/shadow'), /backing file/],
  [
    'leans on the network',
    () => qcow2('n.qcow2', '-u', '-F', 'raw', '-b', `nbd://127.0.0.1:${port()}`),
    /backing file/,
  ],
  [
    'leans on whatever JSON says',
    () =>
      qcow2(
        'j.qcow2',
        '-u',
        '-F',
        'raw',
        '-b',
        `json:{"driver":"nbd","host":"127.0.0.1","port":"${port()}"}`,
      ),
    /backing file/,
  ],
  ['keeps its data elsewhere', () => qcow2('d.qcow2', '-o', `data_file=${path('d.raw')}`), /another file/],
  ['is encrypted', encrypted, /encrypted/],
  ['has bitmaps', bitmaps, /bitmaps/],
  ['has extended L2 entries', () => qcow2('x.qcow2', '-o', 'extended_l2=on'), /extended L2/],
  [
    'claims 2^62 bytes',
    () => patched(qcow2('h.qcow2'), (file) => file.writeBigUInt64BE(1n << 62n, 24)),
    /4611686018427387904 bytes/,
  ],
  ['was not closed', () => patched(qcow2('o.qcow2'), (file) => file.writeBigUInt64BE(1n, 72)), /not closed/],
  ['is a VMDK', () => foreign('vmdk'), /VMDK/],
  ['is a VDI', () => foreign('vdi'), /VDI/],
  ['is a VHDX', () => foreign('vhdx').subarray(0, MAX_BYTES / 2), /VHDX/],
  ['is a VHD', () => foreign('vpc'), /VHD/],
  ['is a QED', () => foreign('qed'), /QED/],
  ['is an ISO that boots', iso, /ISO/],
  ['is compressed', () => gzipSync(qcow2('z.qcow2')), /gzip/],
];

describe('a file that is refused', () => {
  it.each(CASES)('%s', async (_what, make, sentence) => {
    world.routes.set('/crafted', sends(make()));
    const { id } = await world.create({ url: world.url('/crafted') });
    const { stateReason } = await world.becomes(id, 'error');
    expect(stateReason).toMatch(sentence);
    expect(stateReason).toContain('(not_an_image)');
    expect(world.filesOf(id)).toEqual([]);
    expect(reached).toBe(0);
  });
});

describe('a file that is taken', () => {
  it.each([
    ['an old qcow2', () => qcow2('v2.qcow2', '-o', 'compat=0.10')],
    ['a qcow2 compressed with zstd', () => qcow2('zstd.qcow2', '-o', 'compression_type=zstd')],
  ])('%s', async (_what, make) => {
    world.routes.set('/good', sends(make()));
    expect(await world.ready({ url: world.url('/good') })).toMatchObject({ minDisk: 1 });
  });
});

describe('qemu-img', () => {
  it('writes no file beyond the limit', async () => {
    const raw = path('full.raw');
    writeFileSync(raw, Buffer.alloc(3 * MAX_BYTES, 'x'));
    const converting = world.app
      .get(ImageFiles)
      .convert(raw, path('full.qcow2'), AbortSignal.timeout(20_000));
    await expect(converting).rejects.toThrow();
    expect(readFileSync(path('full.qcow2')).length).toBeLessThan(2 * MAX_BYTES);
  });

  it('ends with its caller', async () => {
    const ended = new AbortController();
    const converting = world.app.get(ImageFiles).convert(path('full.raw'), path('none.qcow2'), ended.signal);
    ended.abort();
    await expect(converting).rejects.toMatchObject({ name: 'AbortError' });
    await eventually(() => !execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).includes('none.qcow2'));
  });
});
