import { Injectable } from '@nestjs/common';
import { conflict } from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import { CdnContent, CdnRelease } from '../../../../libs/entities/src/cdn';
import { ContentStore } from './content-store.driver';
import type { Manifest } from './manifest.rules';

/** SQL over `contents c`: no release has it. */
export const NOT_RELEASED = 'NOT EXISTS (SELECT 1 FROM releases r WHERE r.content_id = c.id)';

/** Of 20,000 files a manifest takes some MiB. */
const CACHED = 8;

export interface ReleaseContent {
  /** Of the manifest, hexadecimal. */
  digest: string;
  manifest: Manifest;
}

/** What releases consist of. */
@Injectable()
export class Contents {
  private readonly cache = new Map<string, Manifest>();

  constructor(
    private readonly intentions: Intentions,
    private readonly store: ContentStore,
  ) {}

  async of({ contentId, number }: CdnRelease): Promise<ReleaseContent> {
    const content =
      contentId && (await this.intentions.read((em) => em.findOneBy(CdnContent, { id: contentId })));
    if (!content || !content.manifest)
      throw conflict('content_missing', `The content of release ${number} is not there.`);
    return { digest: content.manifest, manifest: await this.manifest(content.manifest) };
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
    const known = this.cache.get(sha256) ?? (await this.store.manifest(sha256));
    this.cache.delete(sha256);
    this.cache.set(sha256, known);
    for (const oldest of this.cache.keys()) {
      if (this.cache.size <= CACHED) break;
      this.cache.delete(oldest);
    }
    return known;
  }
}
