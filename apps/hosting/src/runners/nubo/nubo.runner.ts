import { Injectable } from '@nestjs/common';
import { NuboError, unavailable, type ContainerView } from '@nubo/contracts';
import { log } from '@nubo/observability';
import { LeaseLost, type Run } from '@nubo/reconcile';
import type { ProjectNetwork, Replica } from '../../../../../libs/entities/src/hosting';
import { Sites } from '../../sites/sites.driver';
import {
  Runner,
  type Endpoint,
  type Revision,
  type RevisionStatus,
  type RunProject,
  type Way,
} from '../runner';
import { HostContents, PLACE_MS } from './host-contents.driver';
import { failureOf, statusOf, type ReplicaStatus } from './nubo.rules';
import { Probe } from './probe.driver';
import { ReplicaStore } from './replicas.store';
import { Surroundings } from './surroundings.driver';

/** Runs programs in Nubo's own containers, in a network of the project's own; the way in is a mapping for each. */
@Injectable()
export class NuboRunner extends Runner {
  constructor(
    private readonly store: ReplicaStore,
    private readonly surroundings: Surroundings,
    private readonly contents: HostContents,
    private readonly sites: Sites,
    private readonly probe: Probe,
  ) {
    super();
  }

  async ensure(revision: Revision, replicas: number, run: Run): Promise<RevisionStatus> {
    const place = await this.network(revision.project, run);
    const whose = { projectId: revision.project.id, revisionId: revision.id };
    const rows = await run.step('note the replicas', () => this.store.scale(whose, replicas));
    const staying = rows.filter(({ leaving }) => !leaving);
    const containers = await Promise.all(
      staying.map((replica) =>
        run.step(`ensure replica ${replica.number}`, () =>
          this.surroundings.container(revision, replica, place),
        ),
      ),
    );
    const silent = await this.bring(revision, containers, run);
    const bring = (replica: Replica, n: number) =>
      this.reach({ revision, replica, container: containers[n], silent }, run);
    const status = statusOf(await Promise.all(staying.map(bring)));
    await this.discardAll(
      rows.filter(({ leaving }) => leaving),
      run,
    );
    return status;
  }

  /** Nothing is between endpoints and replicas. */
  lead(_revision: Revision, { endpoints }: Way): Promise<Endpoint[]> {
    return Promise.resolve(endpoints);
  }

  async discard(_project: RunProject, revisionId: string, run: Run): Promise<boolean> {
    const rows = await this.store.of({ revisionId });
    if ((await this.discardAll(rows, run)).length > 0) return false;
    await run.step('let its files go', () => this.store.contentsLeave({ revisionId }));
    return true;
  }

  async remove({ id: projectId }: RunProject, run: Run): Promise<boolean> {
    const rows = await this.store.of({ projectId });
    if ((await this.discardAll(rows, run)).length > 0) return false;
    await run.step('let its files go', () => this.store.contentsLeave({ projectId }));
    const network = await this.store.network(projectId);
    if (!network) return true;
    await run.step('discard the network', () => this.surroundings.discardNetwork(network));
    await run.step('forget the network', () => this.store.forgetNetwork(projectId));
    return true;
  }

  async output(_project: RunProject, revisionId: string, lines: number): Promise<string> {
    const rows = (await this.store.of({ revisionId })).filter(({ leaving }) => !leaving);
    const each = Math.max(1, Math.floor(lines / Math.max(1, rows.length)));
    const all = await Promise.allSettled(rows.map((row) => this.surroundings.output(row, each)));
    const texts = all.map((one) => (one.status === 'fulfilled' ? one.value : undefined));
    if (rows.length > 0 && texts.every((text) => text === undefined))
      throw unavailable(
        'no_output',
        'What its program wrote is on hosts that do not answer: try again later.',
      );
    if (rows.length === 1) return texts[0] ?? '';
    return texts.map((text, n) => `==> replica ${n + 1}\n${text ?? '(does not answer)\n'}`).join('');
  }

  private async network(project: RunProject, run: Run): Promise<ProjectNetwork> {
    const place = await run.step('choose a place', async () => {
      const known = await this.store.network(project.id);
      return known ?? this.store.placed(project.id, await this.surroundings.location(project.id));
    });
    await run.step('ensure the network', () => this.surroundings.network(project, place));
    return place;
  }

  /** Lays the files on the hosts of its containers. What went wrong, by host: the others do not wait for it. */
  private async bring(
    revision: Revision,
    containers: ContainerView[],
    run: Run,
  ): Promise<Map<string, string>> {
    const silent = new Map<string, string>();
    const hosts = new Set(
      containers.flatMap(({ hostId, state }) => (state === 'deleting' ? [] : (hostId ?? []))),
    );
    for (const hostId of hosts)
      try {
        await this.lay(revision, hostId, run);
      } catch (error) {
        if (error instanceof LeaseLost || run.signal.aborted) throw error;
        log.info({ err: error, hostId, revisionId: revision.id }, 'could not lay files on a host');
        silent.set(hostId, `its files have not reached the host: ${(error as Error).message}`);
      }
    return silent;
  }

  private async lay(
    { id: revisionId, project, release, content }: Revision,
    hostId: string,
    run: Run,
  ): Promise<void> {
    const wish = { hostId, projectId: project.id, revisionId, release };
    const row = await run.step('note the files', () => this.store.content(wish));
    if (row.state !== 'placing') return;
    const others = await this.store.contents({ projectId: project.id });
    const last = others.filter((one) => one.hostId === hostId && one.state === 'placed').at(-1);
    const before = last && {
      revisionId: last.revisionId,
      files: await this.sites.files(project.id, last.release),
    };
    const place = (signal: AbortSignal) => this.contents.place(row, { content, before }, signal);
    await run.step('lay the files', place, PLACE_MS);
    await run.step('note that they are there', () => this.store.contentPlaced(row));
  }

  /** Whether a replica can be reached, and answers. */
  private async reach({ revision, replica, container, silent }: Reached, run: Run): Promise<ReplicaStatus> {
    if (!container) return { endpoint: null, failure: null, waitsFor: 'its container is to be made' };
    const failure = failureOf(container);
    const waits = (waitsFor: string): ReplicaStatus => ({ endpoint: null, waitsFor, failure });
    if (container.state !== 'running')
      return waits(
        silent.get(container.hostId ?? '') ?? container.stateReason ?? `its container is ${container.state}`,
      );
    const mapping = await run.step(`ensure the way to replica ${replica.number}`, () =>
      this.surroundings.mapping(revision, replica).catch(unlessEarly),
    );
    if (mapping?.state !== 'active') return waits(mapping?.stateReason ?? 'the way to it is made');
    const endpoint = { host: mapping.externalIp, port: mapping.externalPort };
    const { hostname } = revision.project;
    const problem = await run.step(`ask replica ${replica.number}`, (signal) =>
      this.probe.ask(endpoint, { hostname, path: revision.healthPath }, signal),
    );
    return problem ? waits(problem) : { endpoint, waitsFor: null, failure: null };
  }

  /** Those that are still there. */
  private async discardAll(rows: Replica[], run: Run): Promise<Replica[]> {
    const [first] = rows;
    if (!first) return [];
    await run.step('let replicas go', () => this.store.leave(rows.map(({ id }) => id)));
    await run.step('discard replicas', async () => {
      for (const row of rows) await this.surroundings.discard(row);
    });
    const there = await run.step('see which are still there', () =>
      this.surroundings.there(first.projectId, rows),
    );
    const left = rows.filter(({ id }) => there.has(id));
    const ids = rows.filter((row) => !left.includes(row)).map(({ id }) => id);
    await run.step('forget replicas', () => this.store.forget(ids));
    return left;
  }
}

interface Reached {
  revision: Revision;
  replica: Replica;
  container?: ContainerView;
  /** What went wrong, by host. */
  silent: Map<string, string>;
}

/** Its port is not there yet. */
function unlessEarly(error: unknown): undefined {
  if (error instanceof NuboError && error.kind === 'not_found') return undefined;
  throw error;
}
