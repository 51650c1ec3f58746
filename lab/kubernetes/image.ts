// Root file systems as images that containerd imports.
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { check } from '../command';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';

interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** Lays an OCI archive of the root file system `rootfs` (tar.gz) at `output`, under the whole `name` that pods ask for. Does nothing when it is there. */
export async function layImage(
  rootfs: string,
  output: string,
  { name, command = [] }: { name: string; command?: readonly string[] },
): Promise<void> {
  if (existsSync(output)) return;
  const draft = await mkdtemp(`${output}-`);
  try {
    await mkdir(join(draft, 'blobs', 'sha256'), { recursive: true });
    const layer = await layerOf(draft, rootfs);
    const diff = await digestOf(createReadStream(rootfs).pipe(createGunzip()));
    const config = await blobOf(draft, CONFIG, {
      ...{ architecture: process.arch === 'x64' ? 'amd64' : process.arch, os: 'linux' },
      config: { Cmd: command, Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'] },
      rootfs: { type: 'layers', diff_ids: [diff.digest] },
    });
    const manifest = await blobOf(draft, MANIFEST, {
      ...{ schemaVersion: 2, mediaType: MANIFEST, config, layers: [layer] },
    });
    const annotations = { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': 'latest' };
    const index = { schemaVersion: 2, mediaType: INDEX, manifests: [{ ...manifest, annotations }] };
    await writeFile(join(draft, 'index.json'), JSON.stringify(index));
    await writeFile(join(draft, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    await check(['tar', '-C', draft, '-cf', `${draft}.tar`, '.']);
    await rename(`${draft}.tar`, output);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function layerOf(draft: string, rootfs: string): Promise<Blob> {
  const { digest, size } = await digestOf(createReadStream(rootfs));
  await copyFile(rootfs, place(draft, digest));
  return { mediaType: LAYER, digest, size };
}

async function blobOf(draft: string, mediaType: string, content: object): Promise<Blob> {
  const text = JSON.stringify(content);
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  await writeFile(place(draft, digest), text);
  return { mediaType, digest, size: Buffer.byteLength(text) };
}

const place = (draft: string, digest: string): string =>
  join(draft, 'blobs', 'sha256', digest.replace('sha256:', ''));

async function digestOf(bytes: NodeJS.ReadableStream): Promise<{ digest: string; size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const part of bytes) {
    hash.update(part);
    size += part.length;
  }
  return { digest: `sha256:${hash.digest('hex')}`, size };
}
