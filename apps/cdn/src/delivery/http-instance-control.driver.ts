import http, { type IncomingMessage } from 'node:http';
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
import { RelayAgent, type PlaceOptions } from './relay-agent.driver';

/** Of an instance that answers at all. */
const ANSWER_MS = 10_000;
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
  /** All instances are told the same of a manifest, at about the same time. */
  private readonly instructions = new WeakMap<Manifest, string>();

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
    const lines = this.instructions.get(manifest) ?? instructionsOf(manifest);
    this.instructions.set(manifest, lines);
    await this.ask(place, { method: 'PUT', path: `/releases/${release}`, lines }, signal);
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
    const answer = await this.send(place, said, signal).catch((error: unknown) => {
      // Whatever is said may be said again; a relay that was kept may lead to an instance that has started anew since.
      if (!(error instanceof StaleRelay) || said.stream) throw error;
      return this.send(place, said, signal);
    });
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
      const fail = (error: Error): void => reject(request.reusedSocket ? stale(error) : error);
      request.once('response', resolve).once('error', fail).once('close', settle).once('response', settle);
      if (!stream) return void request.end(body);
      pipeline(stream.frames, refreshing(late), request).catch(reject);
    });
  }
}

/** Nothing was answered on a connection that was kept. */
class StaleRelay extends Error {}

const stale = (cause: Error): Error => (isEnd(cause) ? new StaleRelay(cause.message, { cause }) : cause);
/** node:http's word for a connection that ends without an answer. */
const isEnd = (error: Error): boolean => 'code' in error && error.code === 'ECONNRESET';

/** As long as it goes on it may take its time. */
const refreshing = (timer: NodeJS.Timeout) =>
  async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      timer.refresh();
      yield chunk;
    }
  };
