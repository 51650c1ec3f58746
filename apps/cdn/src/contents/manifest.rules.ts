import { createHash } from 'node:crypto';

export interface ManifestFile {
  /** Without a slash in front. */
  path: string;
  /** Hexadecimal. */
  sha256: string;
  /** Bytes. */
  size: number;
}

/** What a release consists of; sorted by path. */
export interface Manifest {
  files: ManifestFile[];
}

/** The manifest's one text: instances hash the same. */
export const canonical = (manifest: Manifest): string => JSON.stringify(manifest);

export const manifestOf = (files: ManifestFile[]): Manifest => ({
  files: files
    .map(({ path, sha256, size }) => ({ path, sha256, size }))
    .sort((a, b) => (a.path < b.path ? -1 : 1)),
});

export const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Every digest once, with its size. */
export function blobsOf({ files }: Manifest): Map<string, number> {
  return new Map(files.map(({ sha256, size }) => [sha256, size]));
}
