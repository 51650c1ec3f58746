import type { MetadataMap } from '@nubo/contracts';
import type { Intention, ResourceEntity } from '@nubo/persistence';
import { record } from './timeline.store';

/** PUT merges: absent keeps, null clears. Changes `row`, which the caller saves. */
export async function describe(
  { em, ctx }: Intention,
  row: ResourceEntity,
  { name, metadata }: { name?: string; metadata?: MetadataMap | null },
): Promise<void> {
  if (name !== undefined && name !== row.name) {
    await record(em, row.id, { event: 'renamed', detail: `${row.name} → ${name}`, by: ctx });
    row.name = name;
  }
  if (metadata !== undefined) row.metadata = metadata ?? {};
}
