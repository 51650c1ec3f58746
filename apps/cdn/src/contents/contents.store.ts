import { Injectable } from '@nestjs/common';
import { conflict } from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import { LRUCache } from 'lru-cache';
import { CdnContent, CdnRelease } from '../../../../libs/entities/src/cdn';
import { ContentStore } from './content-store.driver';
import type { Manifest } from './manifest.rules';

/** SQL over `contents c`: no release has it. */
export const NOT_RELEASED = 'NOT EXISTS (SELECT 1 FROM releases r WHERE r.content_id = c.id)';

/** Of 20,000 files a manifest takes some MiB. */
const CACHED = 8;
const DIGESTS = 10_000;

/** What releases consist of. */
@Injectable()
export class Contents {
  private readonly manifests = new LRUCache<string, Manifest>({ max: CACHED });
  private readonly digests = new LRUCache<string, string>({ max: DIGESTS });

  constructor(
    private readonly intentions: Intentions,
    private readonly store: ContentStore,
  ) {}

  /** The digest of the manifest of a release, hexadecimal: it never gets another one. */
  async digest({ contentId, number }: CdnRelease): Promise<string> {
    const known = contentId && this.digests.get(contentId);
    if (known) return known;
    const content =
      contentId && (await this.intentions.read((em) => em.findOneBy(CdnContent, { id: contentId })));
    if (!content || !content.manifest)
      throw conflict('content_missing', `The content of release ${number} is not there.`);
    this.digests.set(content.id, content.manifest);
    return content.manifest;
  }

  async of(release: CdnRelease): Promise<Manifest> {
    return this.manifest(await this.digest(release));
  }

  /** Every digest that a content in the rows consists of, and their manifests. */
  async used(): Promise<Set<string>> {
    const rows = await this.intentions.read((em) => em.find(CdnContent));
    const used = new Set<string>();
    for (const { manifest } of rows) {
      if (!manifest) continue;
      used.add(manifest);
      for (const { sha256 } of (await this.manifest(manifest)).files) used.add(sha256);
    }
    return used;
  }

  private async manifest(sha256: string): Promise<Manifest> {
    const known = this.manifests.get(sha256) ?? (await this.store.manifest(sha256));
    this.manifests.set(sha256, known);
    return known;
  }
}
