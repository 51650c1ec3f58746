// Layers of podman's storage that nothing is made of: those that a podman had begun when it was killed.
import { raw, sh, type RemoteHost } from '@nubo/remote';
import { PODMAN_STORAGE, STORAGE_SETTINGS } from './service';
import { type CallOptions } from './types';

/** A layer as containers/storage (1.43) writes it down. */
export interface StoredLayer {
  id: string;
  parent?: string;
  /** ISO 8601. */
  created?: string;
}

/** Whatever is made of a layer. */
interface LayerUse {
  layer?: string;
  'mapped-layers'?: string[];
}

export interface StorageBooks {
  layers: StoredLayer[];
  uses: LayerUse[];
}

/**
 * The layers that no image and no container is made of, also not by way of others, children before their parents. An
 * image is written down when all its layers are there: what is younger than `before` stays, and what that stands on.
 */
export function strayLayers({ layers, uses }: StorageBooks, before: Date): string[] {
  const byId = new Map(layers.map((layer) => [layer.id, layer]));
  const needed = new Set<string>();
  const need = (id: string | undefined): void => {
    for (let at = id; at && !needed.has(at); at = byId.get(at)?.parent) needed.add(at);
  };
  for (const use of uses) [use.layer, ...(use['mapped-layers'] ?? [])].forEach(need);
  const isYoung = ({ created }: StoredLayer): boolean => !(Date.parse(created ?? '') < before.getTime());
  layers.filter(isYoung).forEach(({ id }) => need(id));
  const stray = layers.filter(({ id }) => !needed.has(id));
  return stray.toSorted((a, b) => depth(byId, b) - depth(byId, a)).map(({ id }) => id);
}

function depth(byId: ReadonlyMap<string, StoredLayer>, { parent }: StoredLayer): number {
  const above = parent ? byId.get(parent) : undefined;
  return above ? depth(byId, above) + 1 : 0;
}

/** The files are replaced whole, never written into. Volatile ones: of later versions. */
const READ = sh`cd ${PODMAN_STORAGE} 2>/dev/null || exit 0
for file in overlay-layers/layers overlay-layers/volatile-layers; do echo "layers $(cat "$file.json" 2>/dev/null)"; done
for file in overlay-images/images overlay-containers/containers overlay-containers/volatile-containers; do
  echo "uses $(cat "$file.json" 2>/dev/null)"
done`;

/** It has podman's own locks, and refuses a layer that something is made of by now (containers-storage 1.43). */
const REMOVE = raw(`for id in $ids; do
  ! command -v containers-storage >/dev/null || containers-storage delete-layer "$id" >/dev/null 2>&1 || continue
  echo "$id"
done`);

function booksIn(text: string): StorageBooks {
  const books: StorageBooks = { layers: [], uses: [] };
  for (const line of text.split('\n')) {
    const [kind, json] = [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)];
    if (json === '' || (kind !== 'layers' && kind !== 'uses')) continue;
    books[kind].push(...(JSON.parse(json) as []));
  }
  return books;
}

/**
 * Removes the stray layers of a host that are older than `olderThanS`: longer than any image takes to come. Resolves to
 * the ids of those that went. Rejects with RemoteError; podman itself is not asked, and may be at work.
 */
export async function removeStrayLayers(
  host: RemoteHost,
  { olderThanS, ...options }: CallOptions & { olderThanS: number },
): Promise<string[]> {
  const books = booksIn(await host.run(READ, options));
  const stray = strayLayers(books, new Date(Date.now() - olderThanS * 1_000));
  if (stray.length === 0) return [];
  const variables = sh`export CONTAINERS_STORAGE_CONF=${STORAGE_SETTINGS}; ids=${stray.join(' ')}`;
  const command = sh`${variables}
${REMOVE}`;
  return (await host.run(command, options)).split('\n').filter(Boolean);
}
