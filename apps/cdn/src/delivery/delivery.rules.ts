import { createHash } from 'node:crypto';
import type { CdnInstance, CdnKey, Distribution } from '../../../../libs/entities/src/cdn';
import { allWeights, type Weighed } from '../distributions/weights.rules';
import type { InstanceSettings, KnownInstances } from './instance-control.driver';

/** Names a state of what an instance is told: the same text for the same content. */
const versionOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);

/** Edges fetch from the host and the host from the origin, so that the origin is asked once. */
export function settingsFor(
  row: Distribution,
  { role }: CdnInstance,
  keys: CdnKey[],
  hostAddress: string | null,
): InstanceSettings {
  const { customerId: customer, epochs } = row;
  const shield = hostAddress ? `http://${hostAddress}` : row.origin;
  const origin = role === 'host' ? row.origin : shield;
  const said = {
    customer,
    keys: role === 'host' ? [] : keys.map(({ id, secret }) => ({ id, secret })),
    pull: row.origin && origin ? { origin } : null,
    epochs,
  };
  return { version: versionOf(said), ...said };
}

/** What a controller knows: every instance that has an address. */
export function introductionOf(weighed: Weighed, instances: CdnInstance[]): KnownInstances {
  const weights = new Map(allWeights(weighed).map(({ location, weight }) => [location, weight]));
  const known = instances.flatMap(({ id, role, location, address, url, leaving }) => {
    const weight = role === 'edge' ? (weights.get(location) ?? null) : null;
    return address && !leaving ? [{ id, role, location, address, externalUrl: url, weight }] : [];
  });
  return { version: versionOf(known), instances: known };
}

/** Who holds content. */
export const holdsContent = ({ role }: CdnInstance): boolean => role === 'host' || role === 'edge';

/** How instances know a release. */
export const releaseId = (number: number): string => String(number);

/** The down ones, for a person; null: all answer. */
export function downReason(
  instances: Pick<CdnInstance, 'role' | 'location' | 'state' | 'stateReason'>[],
): string | null {
  const down = instances.filter(({ state }) => state !== 'serving');
  if (down.length === 0) return null;
  const told = down.map(({ role, location, stateReason }) => {
    const name = role === 'edge' ? `the edge in ${location}` : `the ${role}`;
    return stateReason ? `${name}: ${stateReason}` : `${name} is not there yet`;
  });
  return told.join('; ').slice(0, 2_000);
}
