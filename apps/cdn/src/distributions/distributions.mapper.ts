import type { CdnInstanceView, DistributionProjectView, DistributionView } from '@nubo/contracts';
import { resourceFields } from '@nubo/persistence';
import type { CdnInstance, Distribution, DistributionProject } from '../../../../libs/entities/src/cdn';
import { allWeights } from './weights.rules';

export interface Around {
  instances: CdnInstance[];
  /** How many keys sign its URLs. */
  keys: number;
  project?: DistributionProject;
}

export function toDistributionView(
  row: Distribution,
  { instances, keys, project }: Around,
): DistributionView {
  return {
    ...resourceFields(row),
    customerId: row.customerId,
    locations: row.locations,
    weights: allWeights(row),
    subnet: row.subnet,
    runtime: row.runtime,
    origin: row.origin,
    project: project ? toProjectView(project) : null,
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

const toProjectView = ({
  projectId: id,
  name,
  follow,
  release,
  gone,
}: DistributionProject): DistributionProjectView => ({ id, name, follow, release, gone });
