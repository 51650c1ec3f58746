import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { Injectable } from '@nestjs/common';
import { ComputeConfig } from '../compute.config';
import { ImageRefused } from './image-refused';
import { HEAD_BYTES, judge, type ImageFormat } from './format.rules';

const execute = promisify(execFile);

const GIB = 1024 ** 3;
/** A crafted image must not eat the machine: address space, CPU seconds. */
const LIMITS = [`--as=${2 * GIB}`, '--cpu=1800', '--core=0'];
/** What a qcow2 has besides its data: tables, at most a hundredth, and headers. */
const TABLES = 0.01;
const HEADERS = 1024 ** 2;
const INFO_MS = 30_000;
const CONVERT_MS = 20 * 60_000;

/** Looks into image files and converts them. */
@Injectable()
export class ImageFiles {
  constructor(private readonly config: ComputeConfig) {}

  /** What the file is. Rejects with {@link ImageRefused} `not_an_image` for what we do not take. */
  async inspect(file: string, signal: AbortSignal): Promise<ImageFormat> {
    const { size } = await stat(file);
    const judgement = judge(await headOf(file), size);
    if ('refusal' in judgement) throw new ImageRefused('not_an_image', judgement.refusal);
    // The format is named, so that nothing is guessed a second time.
    await this.qemuImg(['info', '--output=json', '-f', judgement.format, file], signal, INFO_MS).catch(
      refuse,
    );
    return judgement;
  }

  /** Writes a raw disk as qcow2. */
  async convert(raw: string, qcow2: string, signal: AbortSignal): Promise<void> {
    await this.qemuImg(['convert', '-f', 'raw', '-O', 'qcow2', raw, qcow2], signal, CONVERT_MS);
  }

  /** The file's SHA-256, hexadecimal. */
  async hash(file: string, signal: AbortSignal): Promise<string> {
    const hash = createHash('sha256');
    await pipeline(createReadStream(file), hash, { signal });
    return hash.digest('hex');
  }

  private async qemuImg(args: string[], signal: AbortSignal, timeout: number): Promise<void> {
    const options = { signal, timeout, killSignal: 'SIGKILL' as const, env: { LC_ALL: 'C', PATH } };
    const most = Math.ceil(this.config.imageMaxBytes * (1 + TABLES)) + HEADERS;
    await execute('prlimit', [...LIMITS, `--fsize=${most}`, '--', 'qemu-img', ...args], options);
  }
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

async function headOf(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Exit status 1 is qemu-img's word on the file; anything else (a kill, a missing program) is ours. */
function refuse(error: Error & { code?: number | string; stderr?: string }): never {
  if (error.code !== 1) throw error;
  const said = (error.stderr ?? '').trim().replace(/^qemu-img: /, '');
  throw new ImageRefused('not_an_image', `qemu-img cannot read it: ${said.slice(0, 300)}`);
}
