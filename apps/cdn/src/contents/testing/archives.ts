/** Archives as people and attackers make them. */
import { crc32, gzipSync } from 'node:zlib';
import { pack, type Header } from 'tar-stream';

export interface Item extends Partial<Header> {
  name: string;
  body?: string | Buffer;
}

export async function tarOf(items: Item[]): Promise<Buffer> {
  const tar = pack();
  for (const { body = '', ...header } of items) {
    if (header.type && header.type !== 'file') tar.entry(header);
    else tar.entry(header, Buffer.from(body));
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export const tarGzOf = async (items: Item[]): Promise<Buffer> => gzipSync(await tarOf(items));

export interface ZipItem {
  name: string;
  body?: string;
  /** Unix mode, with its type. */
  mode?: number;
  /** Says so, and is not. */
  encrypted?: boolean;
}

/** Stored, not deflated: APPNOTE.TXT of PKWARE, 4.3.7, 4.3.12 and 4.3.16. */
export function zipOf(items: ZipItem[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let at = 0;
  for (const { name, body = '', mode = 0o100644, encrypted = false } of items) {
    const path = Buffer.from(name);
    // Encryption puts 12 bytes before the content (6.1.3).
    const data = Buffer.concat([Buffer.alloc(encrypted ? 12 : 0), Buffer.from(body)]);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(encrypted ? 0x0801 : 0x0800, 2);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(Buffer.byteLength(body), 18);
    common.writeUInt16LE(path.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, path, data]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((mode << 16) >>> 0, 6);
    tail.writeUInt32LE(at, 10);
    const made = Buffer.from([20, 3]);
    centrals.push(Buffer.concat([Buffer.from('PK\x01\x02'), made, common, tail, path]));
    locals.push(local);
    at += local.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(items.length, 4);
  end.writeUInt16LE(items.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...locals, directory, Buffer.from('PK\x05\x06'), end]);
}
