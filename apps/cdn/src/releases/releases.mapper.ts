import type { ReleaseView } from '@nubo/contracts';
import type { CdnContent, CdnRelease } from '../../../../libs/entities/src/cdn';

/** `served`: the number of the release that is to be served. */
export function toReleaseView(
  row: CdnRelease,
  content: CdnContent | undefined,
  served: number | null,
): ReleaseView {
  const { id, distributionId, number, stateReason, projectRelease } = row;
  return {
    ...{ id, distributionId, number, stateReason, projectRelease },
    state: row.state === 'ready' && number === served ? 'active' : row.state,
    manifest: content?.manifest ?? null,
    files: content?.files ?? 0,
    bytes: Number(content?.bytes ?? 0),
    shippedBytes: Number(row.shippedBytes),
    createdAt: row.createdAt.toISOString(),
  };
}
