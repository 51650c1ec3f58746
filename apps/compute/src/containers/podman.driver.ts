import { Injectable } from '@nestjs/common';
import { CONTENT_PATH, CONTENT_ROOT } from '@nubo/contracts';
import { HostsAccess } from '@nubo/fleet';
import { log } from '@nubo/observability';
import {
  podmanOn,
  PodmanError,
  removeStrayLayers,
  type EventStream,
  type LogLine,
  type PodmanClient,
} from '@nubo/podman';
import { sh, type CommandRunner, type ShellCommand } from '@nubo/remote';
import type { Sample } from '../usage/usage.rules';
import { PlatformIdentity } from '../instances/platform.service';
import {
  ContainerRuntime,
  StartRefused,
  type FoundContainer,
  type Place,
  type RuntimeNic,
  type RuntimeSpec,
  type RuntimeState,
} from './containers.driver';
import {
  namespacePath,
  PLUGGED_SCRIPT,
  plugScript,
  TRAFFIC_SCRIPT,
  unplugAllScript,
  unplugScript,
  type Card,
} from './netns-scripts.driver';
import {
  containerName,
  deviceOf,
  foundOf,
  idIn,
  LABELS,
  ownerText,
  pluggedIn,
  sampleOf,
  stateOf,
  trafficIn,
  type HostCounters,
} from './podman.rules';

const MIB = 1024 ** 2;
const PING_MS = 10_000;
/** No image takes so long to come. */
const STRAY_S = 3_600;
const STOP_MARGIN_MS = 20_000;
/** What a log holds at most, bytes: one message on the bus holds it, made harmless. */
const LOG_BYTES = 256 * 1024;

/** podman on hosts, reached through SSH only. */
@Injectable()
export class PodmanRuntime extends ContainerRuntime {
  private readonly watched = new Map<string, EventStream>();

  constructor(
    private readonly hosts: HostsAccess,
    private readonly platform: PlatformIdentity,
  ) {
    super();
  }

  async hasContent({ hostId, signal }: Place, content: string): Promise<boolean> {
    const host = await this.hosts.reach(hostId);
    return (await host.exec(sh`test -d ${`${CONTENT_ROOT}/${content}`}`, { signal })).code === 0;
  }

  /** podman (4.3) makes no container for a namespace that is not there. */
  async create(place: Place, spec: RuntimeSpec): Promise<void> {
    const { nics, command, memoryMib, readOnly, content } = spec;
    const [nic] = nics;
    if (!nic) throw new StartRefused('It has no network any more: delete it.');
    await this.command(place, plugScript(await this.cardOf(place, nic)));
    const podman = await this.podman(place.hostId);
    const half = Math.floor((memoryMib * MIB) / 2);
    const made = {
      name: containerName(place.containerId),
      image: spec.image,
      ...(command && { entrypoint: [], command }),
      env: spec.env,
      labels: await this.labels(place.containerId, nic.id),
      hostname: spec.hostname,
      netns: namespacePath(nic.id),
      dns: nic.dns,
      limits: { memoryBytes: memoryMib * MIB, cpus: spec.cpu / 100, pids: spec.pids },
      ids: spec.ids,
      readOnly,
      ...(content && { binds: [{ source: `${CONTENT_ROOT}/${content}`, path: CONTENT_PATH }] }),
      ...(readOnly && { tmpfs: ['/tmp', '/run'].map((path) => ({ path, bytes: half })) }),
      logBytes: LOG_BYTES,
    };
    await podman.createContainer(made, { signal: place.signal });
  }

  async state({ hostId, containerId, signal }: Place): Promise<RuntimeState> {
    const podman = await this.podman(hostId);
    return stateOf(await podman.container(containerName(containerId), { signal }));
  }

  async start(place: Place, [nic]: RuntimeNic[]): Promise<void> {
    if (!nic) throw new StartRefused('It has no network any more: delete it.');
    const podman = await this.podman(place.hostId);
    const name = containerName(place.containerId);
    const { signal } = place;
    if (stateOf(await podman.container(name, { signal })).is === 'running') return;
    const card = await this.cardOf(place, nic);
    const plug = sh`${unplugScript(card)}
${plugScript(card)}`;
    await this.command(place, plug);
    await startTwice(podman, name, signal);
  }

  async stop(place: Place, seconds: number): Promise<void> {
    await this.holdFence(place);
    const podman = await this.podman(place.hostId);
    const options = { seconds, signal: place.signal, timeoutMs: seconds * 1_000 + STOP_MARGIN_MS };
    await podman.stopContainer(containerName(place.containerId), options).catch(unlessMissing);
  }

  /** Its network goes first, which silences it. */
  async remove(place: Place, portIds: string[]): Promise<void> {
    await this.holdFence(place);
    const { hostId, containerId, signal } = place;
    const podman = await this.podman(hostId);
    for (const portId of portIds)
      await this.command(place, unplugScript({ portId, device: deviceOf(portId) }));
    await this.command(place, unplugAllScript(await this.ownerOf(containerId)));
    await podman.removeContainer(containerName(containerId), { signal });
    const host = await this.hosts.reach(hostId);
    await host.forgetFence(resourceOf(place));
  }

  async sample({ hostId, containerId, signal }: Place): Promise<Sample | undefined> {
    const podman = await this.podman(hostId);
    const found = await podman.container(containerName(containerId), { signal });
    if (!found || stateOf(found).is !== 'running') return undefined;
    return sampleOf(found, await this.counters(hostId, podman, signal));
  }

  async logs({ hostId, containerId, signal }: Place, lines: number): Promise<string> {
    const podman = await this.podman(hostId);
    const said = await podman.logs(containerName(containerId), { lines, signal }).catch(noLines);
    return said.map(({ text }) => `${text}\n`).join('');
  }

  async inventory(hostId: string, signal?: AbortSignal): Promise<FoundContainer[]> {
    const podman = await this.podman(hostId);
    const platform = await this.platform.id();
    const labels = [`${LABELS.platform}=${platform}`];
    const plugged = pluggedIn(
      await (await this.hosts.reach(hostId)).run(PLUGGED_SCRIPT, { signal }),
      platform,
    );
    const summaries = await podman.containers({ labels, signal });
    const counters = await this.counters(hostId, podman, signal);
    const found = summaries.flatMap((summary) => foundOf(summary, counters));
    const bare = plugged.filter((id) => !found.some(({ containerId }) => containerId === id));
    return [...found, ...bare.map((containerId) => ({ containerId, state: { is: 'missing' as const } }))];
  }

  async tidy(hostId: string, signal?: AbortSignal): Promise<void> {
    const host = await this.hosts.reach(hostId);
    const layers = await removeStrayLayers(host, { olderThanS: STRAY_S, signal });
    if (layers.length > 0) log.info({ hostId, layers }, 'removed layers that nothing is made of');
  }

  async ping(hostId: string, signal?: AbortSignal): Promise<void> {
    const host = await this.hosts.reach(hostId);
    await host.run(sh`true`, { signal, timeoutMs: PING_MS });
  }

  async watch(
    hostId: string,
    changed: (containerId: string) => void,
    lost: () => void,
    signal?: AbortSignal,
  ): Promise<void> {
    if (this.watched.has(hostId)) return;
    const podman = await this.podman(hostId);
    const stream = await podman.events(
      ({ action, name }) => {
        const id = action === 'died' ? idIn(name) : undefined;
        if (id) changed(id);
      },
      { signal },
    );
    this.watched.set(hostId, stream);
    void stream.closed.then(() => {
      if (this.watched.get(hostId) === stream) this.watched.delete(hostId);
      lost();
    });
  }

  /** The counters of all containers of the host that run, by name. */
  private async counters(hostId: string, podman: PodmanClient, signal?: AbortSignal): Promise<HostCounters> {
    const host = await this.hosts.reach(hostId);
    const [stats, traffic] = await Promise.all([
      podman.stats({ signal }),
      host.run(TRAFFIC_SCRIPT, { signal }),
    ]);
    return { stats: new Map(stats.map((one) => [one.name, one])), traffic: trafficIn(traffic) };
  }

  private async cardOf({ containerId }: Place, nic: RuntimeNic): Promise<Card> {
    return { ...nic, portId: nic.id, owner: await this.ownerOf(containerId) };
  }

  private async ownerOf(containerId: string): Promise<string> {
    return ownerText(await this.platform.id(), containerId);
  }

  private async labels(containerId: string, portId: string): Promise<Record<string, string>> {
    const platform = await this.platform.id();
    return { [LABELS.id]: containerId, [LABELS.port]: portId, [LABELS.platform]: platform };
  }

  private async podman(hostId: string): Promise<PodmanClient> {
    return podmanOn(await this.hosts.reach(hostId));
  }

  /** Calls of podman carry no fence: an older run finds out here that it is one. */
  private async holdFence(place: Place): Promise<void> {
    if (place.fence !== undefined) await this.command(place, sh`true`);
  }

  private async command(place: Place, command: ShellCommand): Promise<void> {
    const host = await this.hosts.reach(place.hostId);
    const { fence, signal } = place;
    const runner: CommandRunner = fence === undefined ? host : host.fenced(resourceOf(place), fence);
    await runner.run(command, { signal });
  }
}

const refusal = (error: unknown): string | undefined =>
  error instanceof PodmanError && error.kind === 'other' ? error.message : undefined;

/**
 * The first start after podman (4.3) was killed during one is refused, whatever the container; the second tells. What
 * had been started then runs, and podman goes on taking it for `initialized`: only an end lets it be started.
 */
async function startTwice(podman: PodmanClient, name: string, signal?: AbortSignal): Promise<void> {
  const again = async (error: unknown): Promise<void> => {
    if (refusal(error) === undefined) throw error;
    const found = await podman.container(name, { signal });
    if (found?.state === 'initialized') await podman.stopContainer(name, { seconds: 0, signal });
    await podman.startContainer(name, { signal });
  };
  const refuse = (error: unknown): never => {
    const reason = refusal(error);
    throw reason === undefined ? error : new StartRefused(reason);
  };
  await podman.startContainer(name, { signal }).catch(again).catch(refuse);
}

const resourceOf = ({ containerId }: Place): string => `container-${containerId}`;

function unlessMissing(error: unknown): undefined {
  if (error instanceof PodmanError && error.kind === 'not_found') return undefined;
  throw error;
}

const noLines = (error: unknown): LogLine[] => unlessMissing(error) ?? [];
