import { createHash } from 'node:crypto';

export interface ManifestFile {
  /** Without a slash in front. */
  path: string;
  /** Hexadecimal. */
  sha256: string;
  /** Bytes. */
  size: number;
}

/** What a release consists of; sorted by path as UTF-8 bytes. */
export interface Manifest {
  files: ManifestFile[];
}

/** The ways in which an edge can serve a file packed, by the ending of the file beside it that is so. */
const PACKED = { gzip: '.gz', br: '.br' } as const;
type Packing = keyof typeof PACKED;
type Encodings = Partial<Record<Packing, ManifestFile>>;

export const manifestOf = (files: ManifestFile[]): Manifest => ({
  files: files
    .map(({ path, sha256, size }) => ({ path, sha256, size }))
    .sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path))),
});

/**
 * The manifest's one text, two lines a file: `<path>`, then `<sha256> <size> <gzip's sha256 or -> <br's sha256 or ->`.
 * Instances hash the same.
 */
export function canonical({ files }: Manifest): string {
  const beside = besides(files);
  return files
    .map((file) => {
      const { gzip, br } = beside(file);
      return `${file.path}\n${file.sha256} ${file.size} ${gzip?.sha256 ?? '-'} ${br?.sha256 ?? '-'}\n`;
    })
    .join('');
}

/** A manifest from its {@link canonical} text. Throws when it is none. */
export function parseManifest(text: string): Manifest {
  const lines = text.split('\n');
  if (lines.pop() !== '' || lines.length % 2 !== 0) throw new TypeError('no manifest');
  const files: ManifestFile[] = [];
  for (let n = 0; n < lines.length; n += 2) {
    const [sha256 = '', size = ''] = (lines[n + 1] ?? '').split(' ');
    files.push({ path: lines[n] ?? '', sha256, size: Number(size) });
  }
  return { files };
}

/** What instances are told: a JSON object a line, sorted, so that they need not hold it all. */
export function instructionsOf({ files }: Manifest): string {
  const beside = besides(files);
  const lines = files.map((file) => {
    const encodings = Object.entries(beside(file)).map(([name, { sha256, size }]) => [
      name,
      { sha256, size },
    ]);
    return JSON.stringify(
      encodings.length > 0 ? { ...file, encodings: Object.fromEntries(encodings) as object } : file,
    );
  });
  return `${lines.join('\n')}\n`;
}

export const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Every digest once, with its size. */
export function blobsOf({ files }: Manifest): Map<string, number> {
  return new Map(files.map(({ sha256, size }) => [sha256, size]));
}

function besides(files: ManifestFile[]): (file: ManifestFile) => Encodings {
  const known = new Map(files.map((file) => [file.path, file]));
  return ({ path }) => {
    const found = Object.entries(PACKED).flatMap(([name, ending]) => {
      const packed = known.get(path + ending);
      return packed ? [[name, packed] as const] : [];
    });
    return Object.fromEntries(found);
  };
}
