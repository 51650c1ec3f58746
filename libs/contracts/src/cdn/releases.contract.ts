import { Child, Id, Int, OneOf, Text, Time } from '../wire/fields';
import { operation } from '../wire/operation';
import { pageOf } from '../wire/page-of';
import { ById, Nothing } from '../wire/resource';
import { DistributionView, SentContent, Srcdata } from './distributions.contract';

/** `waiting`: its content is fetched. `ready`: it can be served. `active`: it is to be served. */
export const RELEASE_STATES = ['waiting', 'ready', 'active', 'error'] as const;
export type ReleaseState = (typeof RELEASE_STATES)[number];

export class CreateRelease extends ById {
  @Srcdata() srcdata?: string;
  @SentContent() content?: string;
}

export class RollBack extends ById {
  @Int(1, Number.MAX_SAFE_INTEGER, { optional: true, description: 'Default: the one before.' })
  release?: number;
}

export class ReleaseView {
  @Id() id!: string;
  @Id() distributionId!: string;
  @Int(1, Number.MAX_SAFE_INTEGER) number!: number;
  @OneOf(RELEASE_STATES) state!: ReleaseState;
  @Text({ nullable: true, max: 2000 }) stateReason!: string | null;
  @Text({ nullable: true, max: 64, description: 'SHA-256 of its manifest.' }) manifest!: string | null;
  @Int(1, Number.MAX_SAFE_INTEGER, { nullable: true, description: 'The release of the project that it is.' })
  projectRelease!: number | null;
  @Int(0, Number.MAX_SAFE_INTEGER) files!: number;
  @Int(0, Number.MAX_SAFE_INTEGER) bytes!: number;
  @Int(0, Number.MAX_SAFE_INTEGER, { description: 'Bytes that instances lacked and were sent.' })
  shippedBytes!: number;
  @Time() createdAt!: string;
}

export const createRelease = operation('cdn.releases.create', CreateRelease, ReleaseView);
export const listReleases = operation('cdn.releases.list', ById, pageOf(ReleaseView));
/** Serves a release that was served before. */
export const rollBack = operation('cdn.releases.rollBack', RollBack, DistributionView);

export class ContentView {
  @Id() id!: string;
  @Text({ nullable: true, max: 64 }) manifest!: string | null;
  @Int(0, Number.MAX_SAFE_INTEGER) files!: number;
  @Int(0, Number.MAX_SAFE_INTEGER) bytes!: number;
}

/** Admits one archive, once, to one replica of the service. */
export class ContentTicket {
  @Text({ max: 2000 }) url!: string;
  @Text({ max: 100 }) ticket!: string;
  @Child(() => ContentView) content!: ContentView;
}

/** Asked by the gateway before it streams an archive; what nobody takes for a release within an hour goes. */
export const openContent = operation('cdn.contents.open', Nothing, ContentTicket, {
  permission: 'gateway',
});
