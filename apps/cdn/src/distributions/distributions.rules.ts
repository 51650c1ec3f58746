import { randomBytes, randomUUID } from 'node:crypto';
import { isAbsolute, normalize, sep } from 'node:path';
import {
  invalidFields,
  type CreateDistribution,
  type FieldError,
  type InstanceRole,
  type Runtime,
} from '@nubo/contracts';
import { urlRefusal } from '@nubo/download';
import type { CdnInstance, CdnRelease, Distribution } from '../../../../libs/entities/src/cdn';
import { originProblem, subnetProblem } from './addresses.rules';
import { leftWeights, weightErrors, type Weighed } from './weights.rules';

/** The platform image that instances are made from. */
export const INSTANCE_IMAGE = 'nubo-edge';

/** 128 bits, hexadecimal: nobody can count or guess customers. */
export const newCustomerId = (): string => randomBytes(16).toString('hex');
export const newToken = (): string => randomBytes(32).toString('base64url');

/** What a distribution is called when nobody names it. */
export const defaultName = (customerId: string): string => `cdn-${customerId.slice(0, 8)}`;

export interface Wish extends Weighed {
  subnet: string;
  runtime: Runtime;
}

export interface Known {
  /** Locations that have a host for instances. */
  locations: string[];
  /** Folders whose archives may be named. */
  paths: string[];
  /** CIDRs that URLs may lead to although they are not public. */
  allowRanges: string[];
}

const problem = (field: string, message?: string): FieldError[] => (message ? [{ field, message }] : []);

/** What is checked of a request for a distribution. Throws `invalid` that names every field that is wrong. */
export function wishOf(input: CreateDistribution, known: Known): Wish {
  const subnet = input.subnet ?? input.Subnet;
  const { locations, weights = [] } = input;
  const errors = [
    ...problem('subnet', subnetProblem(subnet ?? '')),
    ...(input.subnet && input.Subnet ? [{ field: 'Subnet', message: 'is there twice: also as subnet' }] : []),
    ...locationErrors(locations, known.locations),
    ...weightErrors({ locations, weights }),
    ...sourceErrors(input, known),
  ];
  if (errors.length > 0 || !subnet) throw invalidFields(errors);
  const { runtime = 'container' } = input;
  return { subnet, locations, weights: leftWeights({ locations, weights }), runtime };
}

/** What is wrong with wanted locations; says which there are. */
export function locationErrors(locations: string[], known: string[]): FieldError[] {
  const there = known.length > 0 ? `there are ${known.join(', ')}` : 'there is none with a ready host';
  const at = (n: number, message: string) => ({ field: `locations.${n}`, message });
  if (locations.length === 0) return [{ field: 'locations', message: `must name one at least; ${there}` }];
  return locations.flatMap((name, n) => {
    if (!known.includes(name)) return [at(n, `is no location; ${there}`)];
    return locations.indexOf(name) < n ? [at(n, 'is there twice')] : [];
  });
}

/** Content comes from one place, or none and then from an origin. */
function sourceErrors(input: CreateDistribution, known: Omit<Known, 'locations'>): FieldError[] {
  const { srcdata, origin, content, project, follow } = input;
  const given = [content ?? srcdata, project, origin].filter((source) => source !== undefined);
  if (given.length === 0)
    return [
      {
        field: 'srcdata',
        message: 'send an archive, or name a URL or path, or a project or an origin instead',
      },
    ];
  if (given.length > 1)
    return [{ field: origin ? 'origin' : 'project', message: 'is there instead of content, not beside it' }];
  if (follow !== undefined && project === undefined)
    return [{ field: 'follow', message: 'goes with a project' }];
  if (origin !== undefined) return problem('origin', originProblem(origin));
  return content || srcdata === undefined ? [] : srcdataErrors(srcdata, known);
}

/** What is wrong with a source that is no archive sent along. */
export function srcdataErrors(
  srcdata: string,
  { paths, allowRanges }: Omit<Known, 'locations'>,
): FieldError[] {
  const refuse = (message: string): FieldError[] => problem('srcdata', message);
  if (/^https?:\/\//.test(srcdata)) return problem('srcdata', urlRefusal(srcdata, allowRanges));
  if (!isAbsolute(srcdata))
    return refuse('must be a URL, or a path that the operator allows, or an archive must be sent along');
  const inside = paths.some((folder) => normalize(srcdata).startsWith(normalize(`${folder}${sep}`)));
  return inside ? [] : refuse('is not below a folder that the operator allows (NUBO_CDN_PATHS)');
}

export interface WantedInstance {
  role: InstanceRole;
  location: string;
}

/** Everything that serves a distribution: one edge per location, the others at the first. */
export function instancesFor(locations: string[]): WantedInstance[] {
  const first = locations[0] ?? '';
  const rest = (['host', 'client', 'controller'] as const).map((role) => ({ role, location: first }));
  return [...rest, ...locations.map((location) => ({ role: 'edge' as const, location }))];
}

/** Those that people reach from outside. */
const isPublic = ({ role }: WantedInstance): boolean => role === 'controller' || role === 'edge';

/** Rows of instances that are wanted and have none. */
export function missingInstances(
  distributionId: string,
  locations: string[],
  there: WantedInstance[],
): Pick<CdnInstance, 'id' | 'distributionId' | 'role' | 'location' | 'token' | 'mappingId'>[] {
  const has = ({ role, location }: WantedInstance): boolean =>
    there.some((one) => one.role === role && (role !== 'edge' || one.location === location));
  return instancesFor(locations)
    .filter((wanted) => !has(wanted))
    .map((wanted) => ({
      id: randomUUID(),
      distributionId,
      ...wanted,
      token: newToken(),
      mappingId: isPublic(wanted) ? randomUUID() : null,
    }));
}

/** The releases that are kept: the newest `keep` that can be served, and the one that is. */
export function keptReleases<R extends Pick<CdnRelease, 'number' | 'state'>>(
  releases: R[],
  keep: number,
  served: number | null,
): R[] {
  const usable = releases.filter(({ state }) => state === 'ready').toSorted((a, b) => b.number - a.number);
  const waiting = releases.filter(({ state }) => state === 'waiting');
  const current = usable.filter(({ number }) => number === served);
  const others = usable.filter(({ number }) => number !== served);
  return [...waiting, ...current, ...others.slice(0, Math.max(0, keep - current.length))];
}

/** The others, but for the newest: it says how publishing went. In the order of their numbers. */
export function oldReleases<R extends Pick<CdnRelease, 'number' | 'state'>>(
  releases: R[],
  { keepReleases, release }: Pick<Distribution, 'keepReleases' | 'release'>,
): R[] {
  const kept = new Set([...keptReleases(releases, keepReleases, release), ...releases.slice(-1)]);
  return releases.filter((one) => !kept.has(one));
}
