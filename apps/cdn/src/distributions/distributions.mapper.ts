import type { CdnInstanceView, DistributionView } from '@nubo/contracts';
import { resourceFields } from '@nubo/persistence';
import type { CdnInstance, Distribution } from '../../../../libs/entities/src/cdn';
import { allWeights } from './weights.rules';

export interface Around {
  instances: CdnInstance[];
  /** How many keys sign its URLs. */
  keys: number;
}

export function toDistributionView(row: Distribution, { instances, keys }: Around): DistributionView {
  return {
    ...resourceFields(row),
    customerId: row.customerId,
    locations: row.locations,
    weights: allWeights(row),
    subnet: row.subnet,
    runtime: row.runtime,
    origin: row.origin,
    keepReleases: row.keepReleases,
    release: row.release,
    signed: keys > 0,
    vpcId: row.vpcId,
    url: instances.find(({ role }) => role === 'controller')?.url ?? null,
    instances: instances.map(toInstanceView),
  };
}

function toInstanceView(row: CdnInstance): CdnInstanceView {
  const { id, role, location, address, state, stateReason, release, manifest, url } = row;
  return { id, role, location, address, state, stateReason, release, manifest, url };
}
