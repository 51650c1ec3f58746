import { Child, Children, Flag, Id, Int, Ip, Name, OneOf, Text, TextList } from '../wire/fields';
import { listOperation, RESOURCE_FIELDS } from '../wire/filters';
import { Metadata, type MetadataMap } from '../wire/metadata';
import { operation } from '../wire/operation';
import { ById, Nothing, resourceView } from '../wire/resource';
import {
  DISTRIBUTION_STATES,
  EDGE_STATES,
  INSTANCE_ROLES,
  RUNTIMES,
  type EdgeState,
  type InstanceRole,
  type Runtime,
} from './vocabulary';

export const Srcdata = (): PropertyDecorator =>
  Text({
    optional: true,
    min: 1,
    max: 2000,
    description:
      'Where the content is: a URL of an archive, or the path of one that the operator allows. Sent with the request: leave it out, or name the file.',
  });
/** By what it consists of, so that a repeated request is the same request. */
export const SentContent = (): PropertyDecorator =>
  Text({
    optional: true,
    pattern: /^[0-9a-f]{64}$/,
    message: 'content must be the manifest of a content that you have sent',
    description: 'The manifest of a content that you have sent before.',
  });
const Cidr = (): PropertyDecorator =>
  Text({ optional: true, min: 9, max: 18, example: '190.0.0.0/24', description: 'IPv4, /16 to /28.' });
const Locations = (optional: boolean): PropertyDecorator =>
  TextList(16, 63, { optional, example: ['loc1', 'loc2'], description: 'Where edges shall be.' });

/** How much of what is asked of nowhere in particular an edge gets. */
export class LocationWeight {
  @Name({ example: 'loc1' }) location!: string;
  @Int(0, 1000, {
    example: 3,
    description: 'Its share of those who name no location and are near none; 0: none while others answer.',
  })
  weight!: number;
}
const Weights = (description: string): PropertyDecorator =>
  Children(() => LocationWeight, 16, { optional: true, description });
const Follow = (description: string): PropertyDecorator => Flag({ optional: true, description });

export class CreateDistribution {
  @Name({ optional: true, description: 'Default: made from the Customer ID.' }) name?: string;
  @Srcdata() srcdata?: string;
  @Locations(false) locations!: string[];
  @Weights('Locations that are not named weigh 1.') weights?: LocationWeight[];
  @Cidr() Subnet?: string;
  @Cidr() subnet?: string;
  @Text({
    optional: true,
    max: 2000,
    pattern: /^https?:\/\//,
    message: 'origin must begin with http:// or https://',
    description: 'Instead of content: where edges fetch what they are asked for.',
  })
  origin?: string;
  @Text({
    optional: true,
    min: 1,
    max: 63,
    example: 'shop',
    description: 'Instead of content: the name or id of a project of files, whose release is published.',
  })
  project?: string;
  @Follow('With a project: its next releases are published as well; default false.') follow?: boolean;
  @OneOf(RUNTIMES, { optional: true, description: 'What its instances are; default container.' })
  runtime?: Runtime;
  @Int(1, 20, { optional: true, description: 'Releases that are kept; default 5.' }) keepReleases?: number;
  @SentContent() content?: string;
  @Metadata() metadata?: MetadataMap;
}

export class UpdateDistribution extends ById {
  @Name({ optional: true }) name?: string;
  @Locations(true) locations?: string[];
  @Weights('All of them: those that are not named weigh 1.') weights?: LocationWeight[];
  @Int(1, 20, { optional: true }) keepReleases?: number;
  @Follow('Whether the releases of its project are published by themselves.') follow?: boolean;
  @Metadata() metadata?: MetadataMap | null;
}

/** The project whose releases a distribution publishes. */
export class DistributionProjectView {
  @Id({ example: '7d8a4f0e-52b6-4c1f-8e39-0b6f1d2c9a47' }) id!: string;
  @Name() name!: string;
  @Flag({ description: 'Its next releases are published as well.' }) follow!: boolean;
  @Int(1, Number.MAX_SAFE_INTEGER, { description: 'Its release that was published last.' }) release!: number;
  @Flag({ description: 'It is deleted, or not shared any more: its last release stays.' }) gone!: boolean;
}

export class CdnInstanceView {
  @Id() id!: string;
  @OneOf(INSTANCE_ROLES, { example: 'edge' }) role!: InstanceRole;
  @Name() location!: string;
  @Ip({ nullable: true }) address!: string | null;
  @OneOf(EDGE_STATES) state!: EdgeState;
  @Text({ nullable: true, max: 2000 }) stateReason!: string | null;
  @Int(1, Number.MAX_SAFE_INTEGER, { nullable: true, description: 'The release that it serves.' }) release!:
    number | null;
  @Text({ nullable: true, max: 64, description: 'The hash of that release’s manifest.' }) manifest!:
    string | null;
  @Text({ nullable: true, description: 'Where it can be asked directly.' }) url!: string | null;
}

export class DistributionView extends resourceView(DISTRIBUTION_STATES) {
  @Text({ description: 'Names the content to those who fetch it.' }) customerId!: string;
  @TextList(16, 63) locations!: string[];
  @Children(() => LocationWeight, 16) weights!: LocationWeight[];
  @Text() subnet!: string;
  @OneOf(RUNTIMES) runtime!: Runtime;
  @Text({ nullable: true, max: 2000 }) origin!: string | null;
  @Child(() => DistributionProjectView, {
    nullable: true,
    description: 'Where its content comes from, when that is a project.',
  })
  project!: DistributionProjectView | null;
  @Int(1, 20) keepReleases!: number;
  @Int(1, Number.MAX_SAFE_INTEGER, { nullable: true, description: 'The release that is to be served.' })
  release!: number | null;
  @Flag({ description: 'What is fetched must be signed.' }) signed!: boolean;
  @Id() vpcId!: string;
  @Text({ nullable: true, description: 'Where the controller can be asked directly.' }) url!: string | null;
  @Children(() => CdnInstanceView, 64) instances!: CdnInstanceView[];
}

export const createDistribution = operation(
  'cdn.distributions.create',
  CreateDistribution,
  DistributionView,
  { timeoutMs: 10_000 },
);
export const listDistributions = listOperation('cdn.distributions.list', DistributionView, {
  ...RESOURCE_FIELDS,
  customerId: 'text',
  locations: 'texts',
  subnet: 'text',
  runtime: 'text',
  release: 'int',
  vpcId: 'uuid',
});
export const getDistribution = operation('cdn.distributions.get', ById, DistributionView);
export const updateDistribution = operation(
  'cdn.distributions.update',
  UpdateDistribution,
  DistributionView,
  { timeoutMs: 10_000 },
);
export const deleteDistribution = operation('cdn.distributions.delete', ById, DistributionView);

export const PURGE_KINDS = ['all', 'prefix', 'path'] as const;
export type PurgeKind = (typeof PURGE_KINDS)[number];

/** What edges have fetched from the origin is fetched anew. */
export class PurgeDistribution extends ById {
  @OneOf(PURGE_KINDS) kind!: PurgeKind;
  @Text({
    optional: true,
    max: 2000,
    pattern: /^\//,
    description: 'The path as in a URL, or what paths begin with.',
  })
  path?: string;
}

export const purgeDistribution = operation('cdn.distributions.purge', PurgeDistribution, DistributionView);

/** Who wants what from where. */
export class RouteRequest {
  @Text({ max: 64 }) customerId!: string;
  @Text({ optional: true, max: 254, description: 'The name or e-mail of who fetches it.' }) user?: string;
}

export class RouteView {
  @Text({ max: 300, description: 'The controller, from outside.' }) url!: string;
  @Name({ nullable: true, description: 'Where the user is led to; null: no user was named.' }) near!:
    string | null;
}

/** Asked by the gateway for whoever fetches content; what is signed is checked at the edges. */
export const routeDistribution = operation('cdn.distributions.route', RouteRequest, RouteView, {
  permission: 'gateway',
});

export class SigningKeyView {
  @Id() id!: string;
  @Text({ nullable: true, max: 100, description: 'Shown once: null when the request is repeated.' })
  secret!: string | null;
}

export class RemoveSigningKey extends ById {
  @Id() keyId!: string;
}

/** From the first key on, what is fetched must be signed; two can live at once. */
export const addSigningKey = operation('cdn.distributions.keys.create', ById, SigningKeyView);
export const removeSigningKey = operation('cdn.distributions.keys.delete', RemoveSigningKey, Nothing);
