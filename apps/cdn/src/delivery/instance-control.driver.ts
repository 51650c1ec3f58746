/** What the platform says to an instance of a distribution: the control port of Nubo's edge image. */
import type { Readable } from 'node:stream';
import type { Manifest } from '../contents/manifest.rules';

/** Where an instance's control port is: behind a router, open to who has the token. */
export interface InstancePlace {
  /** The network host that has the router. */
  hostId: string;
  namespace: string;
  address: string;
  token: string;
}

export interface InstanceStatus {
  /** What it serves; null: nothing. */
  release: string | null;
  manifest: string | null;
  /** All that it has, and could serve at once. */
  releases: { id: string; manifest: string }[];
  /** The versions of what it was told last; null: nothing. */
  settings: string | null;
  instances: string | null;
}

export interface InstanceSettings {
  version: string;
  customer: string;
  keys: { id: string; secret: string }[];
  pull: { origin: string } | null;
  epochs: { all: number; rules: { kind: 'path' | 'prefix'; value: string; epoch: number }[] };
}

export interface KnownInstance {
  id: string;
  role: string;
  location: string;
  address: string;
  externalUrl: string | null;
  /** Its share of requests that name no location; null: as usual. */
  weight: number | null;
}

export interface KnownInstances {
  version: string;
  instances: KnownInstance[];
}

export interface TrafficSample {
  /** Unix time of the minute's beginning, s. */
  minute: number;
  requests: number;
  bytes: number;
  hits: number;
  errors: number;
}

/** A stream of blobs and how long it is. */
export interface Shipment {
  bytes: number;
  frames: Readable;
}

/** Every method may be repeated, and throws when the instance does not answer or refuses. */
export abstract class InstanceControl {
  abstract status(place: InstancePlace, signal: AbortSignal): Promise<InstanceStatus>;
  /** Which of these it lacks. */
  abstract missing(place: InstancePlace, digests: string[], signal: AbortSignal): Promise<string[]>;
  abstract ship(place: InstancePlace, shipment: Shipment, signal: AbortSignal): Promise<void>;
  abstract prepare(
    place: InstancePlace,
    release: string,
    manifest: Manifest,
    signal: AbortSignal,
  ): Promise<void>;
  abstract activate(place: InstancePlace, release: string, signal: AbortSignal): Promise<void>;
  abstract drop(place: InstancePlace, release: string, signal: AbortSignal): Promise<void>;
  abstract configure(place: InstancePlace, settings: InstanceSettings, signal: AbortSignal): Promise<void>;
  /** For a controller: everything that it leads to. */
  abstract introduce(place: InstancePlace, all: KnownInstances, signal: AbortSignal): Promise<void>;
  abstract traffic(place: InstancePlace, signal: AbortSignal): Promise<TrafficSample[]>;
}
