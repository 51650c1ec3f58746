import http, { type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { unavailable } from '@nubo/contracts';
import { HostsAccess } from '@nubo/fleet';
import { instructionsOf, type Manifest } from '../contents/manifest.rules';
import {
  InstanceControl,
  type InstancePlace,
  type InstanceSettings,
  type InstanceStatus,
  type KnownInstances,
  type Shipment,
  type TrafficSample,
} from './instance-control.driver';
import { RelayStream } from './relay.driver';

const CONTROL_PORT = 8081;
/** Of an instance that answers at all. */
const ANSWER_MS = 10_000;
/** The relays of a host are few: one that nobody uses is let go. */
const IDLE_MS = 3_000;

type PlaceOptions = http.ClientRequestArgs & { place?: InstancePlace };

/** Keeps connections to instances. Tenants have the same addresses: the router's namespace is part of their name. */
class RelayAgent extends http.Agent {
  constructor(private readonly hosts: HostsAccess) {
    super({ keepAlive: true, maxSockets: 2, maxFreeSockets: 1 });
  }

  override getName({ place }: PlaceOptions = {}): string {
    return `${place?.hostId} ${place?.namespace} ${place?.address}`;
  }

  override createConnection(
    { place }: PlaceOptions,
    connected?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    this.open(place).then(
      (stream) => connected?.(null, stream),
      (error: Error) => connected?.(error, undefined as never),
    );
    return undefined;
  }

  override keepSocketAlive(socket: Duplex): boolean {
    const timer = setTimeout(() => socket.destroy(), IDLE_MS).unref();
    this.timers.set(socket, timer);
    return true;
  }

  override reuseSocket(socket: Duplex): void {
    clearTimeout(this.timers.get(socket));
  }

  private readonly timers = new WeakMap<Duplex, NodeJS.Timeout>();

  private async open(place?: InstancePlace): Promise<Duplex> {
    const { hostId = '', namespace = '', address = '' } = place ?? {};
    return new RelayStream(await this.hosts.reach(hostId), { namespace, address, port: CONTROL_PORT });
  }
}

/** What an instance says of itself. */
interface Told extends Omit<InstanceStatus, 'settings' | 'instances'> {
  settingsVersion: string | null;
  instancesVersion: string | null;
}

interface Said {
  method: string;
  path: string;
  json?: unknown;
  /** One JSON object a line. */
  lines?: string;
  stream?: Shipment;
}

/** HTTP through the router of the instance's network. */
@Injectable()
export class HttpInstanceControl extends InstanceControl implements OnApplicationShutdown {
  private readonly agent: RelayAgent;

  constructor(hosts: HostsAccess) {
    super();
    this.agent = new RelayAgent(hosts);
  }

  onApplicationShutdown(): void {
    this.agent.destroy();
  }

  async status(place: InstancePlace, signal: AbortSignal): Promise<InstanceStatus> {
    const told = (await this.ask(place, { method: 'GET', path: '/state' }, signal)) as Told;
    const { release, manifest, releases, settingsVersion, instancesVersion } = told;
    return { release, manifest, releases, settings: settingsVersion, instances: instancesVersion };
  }

  async missing(place: InstancePlace, digests: string[], signal: AbortSignal): Promise<string[]> {
    const said = { method: 'POST', path: '/blobs/missing', json: { digests } };
    return ((await this.ask(place, said, signal)) as { missing: string[] }).missing;
  }

  async ship(place: InstancePlace, stream: Shipment, signal: AbortSignal): Promise<void> {
    await this.ask(place, { method: 'POST', path: '/blobs', stream }, signal);
  }

  async prepare(
    place: InstancePlace,
    release: string,
    manifest: Manifest,
    signal: AbortSignal,
  ): Promise<void> {
    await this.ask(
      place,
      { method: 'PUT', path: `/releases/${release}`, lines: instructionsOf(manifest) },
      signal,
    );
  }

  async activate(place: InstancePlace, release: string, signal: AbortSignal): Promise<void> {
    await this.ask(place, { method: 'POST', path: '/active', json: { release } }, signal);
  }

  async drop(place: InstancePlace, release: string, signal: AbortSignal): Promise<void> {
    await this.ask(place, { method: 'DELETE', path: `/releases/${release}` }, signal);
  }

  async configure(place: InstancePlace, json: InstanceSettings, signal: AbortSignal): Promise<void> {
    await this.ask(place, { method: 'PUT', path: '/settings', json }, signal);
  }

  async introduce(place: InstancePlace, json: KnownInstances, signal: AbortSignal): Promise<void> {
    await this.ask(place, { method: 'PUT', path: '/instances', json }, signal);
  }

  async traffic(place: InstancePlace, signal: AbortSignal): Promise<TrafficSample[]> {
    const samples = await this.ask(place, { method: 'GET', path: '/stats' }, signal);
    // Instances number minutes.
    return (samples as TrafficSample[]).map((sample) => ({ ...sample, minute: sample.minute * 60 }));
  }

  private async ask(place: InstancePlace, said: Said, signal: AbortSignal): Promise<unknown> {
    const answer = await this.send(place, said, signal);
    const body = await text(answer);
    const { statusCode = 0 } = answer;
    if (statusCode >= 200 && statusCode < 300) return body === '' ? {} : JSON.parse(body);
    const what = `${said.method} ${said.path} was answered ${statusCode}: ${body.slice(0, 300)}`;
    throw unavailable('instance_refused', `The instance at ${place.address}: ${what}`);
  }

  private send(place: InstancePlace, said: Said, signal: AbortSignal): Promise<IncomingMessage> {
    const { method, path, json, lines, stream } = said;
    const text = json === undefined ? lines : JSON.stringify(json);
    const body = text === undefined ? undefined : Buffer.from(text);
    const length = body?.length ?? stream?.bytes ?? 0;
    const headers = {
      Host: 'control',
      Authorization: `Bearer ${place.token}`,
      'Content-Type': lines ? 'application/x-ndjson' : body ? 'application/json' : 'application/octet-stream',
      'Content-Length': length,
    };
    const options: PlaceOptions = { method, path, headers, agent: this.agent, signal, place };
    return new Promise((resolve, reject) => {
      const request = http.request(options);
      const late = setTimeout(
        () => request.destroy(new TypeError(`The instance at ${place.address} does not answer.`)),
        ANSWER_MS,
      );
      const settle = (): void => clearTimeout(late);
      request.once('response', resolve).once('error', reject).once('close', settle).once('response', settle);
      if (!stream) return void request.end(body);
      pipeline(stream.frames, refreshing(late), request).catch(reject);
    });
  }
}

/** As long as it goes on it may take its time. */
const refreshing = (timer: NodeJS.Timeout) =>
  async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      timer.refresh();
      yield chunk;
    }
  };
