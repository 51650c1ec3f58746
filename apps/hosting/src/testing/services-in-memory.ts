/** compute, network, pat, hosts and programs as a project sees them. */
import { randomUUID } from 'node:crypto';
import { knownLocations, tailContainer, type ContainerView, type EnsureContainer } from '@nubo/contracts';
import { NeighboursInMemory, type TestApp } from '@nubo/testing';
import type { HostContent } from '../../../../libs/entities/src/hosting';
import type { Endpoint } from '../runners/runner';

const HOST = randomUUID();

export class ServicesInMemory extends NeighboursInMemory {
  /** Folders of contents on hosts, `<project>/<revision>`. */
  readonly laid = new Set<string>();
  /** Releases whose program ends at once, and what it writes. */
  readonly crashing = new Map<string, string>();
  /** Containers that answer 500. */
  readonly ill = new Set<string>();

  /** Paths at which programs were asked whether they answer. */
  readonly asked = new Set<string>();

  override async answer(app: TestApp): Promise<void> {
    await super.answer(app);
    await app.bus.answer(knownLocations, () => ({ items: [{ name: 'loc1', hosts: 1 }] }));
    await app.bus.answer(tailContainer, ({ id }) => ({
      text: this.crashing.get(this.releaseOf(id)) ?? 'listening\n',
    }));
  }

  /** All that there is, of any project. */
  override get left(): number {
    return super.left + this.laid.size;
  }

  /** Those of a project by its name. */
  of(project: string): EnsureContainer[] {
    return [...this.containers.values()].filter(({ metadata }) => metadata?.project === project);
  }

  // As the driver of contents.
  place({ projectId, revisionId }: HostContent): Promise<void> {
    this.laid.add(`${projectId}/${revisionId}`);
    return Promise.resolve();
  }

  remove({ projectId, revisionId }: HostContent): Promise<boolean> {
    this.laid.delete(`${projectId}/${revisionId}`);
    return Promise.resolve(true);
  }

  // As the driver that asks programs.
  ask({ port }: Endpoint, { path }: { path: string }): Promise<string | null> {
    this.asked.add(path);
    const mapping = [...this.mappings.values()].find((one) => one.externalPort === port);
    if (!mapping || !this.containers.has(mapping.instanceId)) return Promise.resolve('it does not answer');
    return Promise.resolve(this.ill.has(mapping.instanceId) ? `it answers 500 to GET ${path}` : null);
  }

  /** It waits for its content, and may end. */
  protected override viewOf(input: EnsureContainer): ContainerView {
    const { content = '' } = input;
    const hasEnded = this.crashing.has(this.releaseOf(input.id)) && this.laid.has(content);
    const state = hasEnded ? 'starting' : this.laid.has(content) ? 'running' : 'creating';
    const ends = { restarts: hasEnded ? 1 : 0, exitCode: hasEnded ? 1 : null };
    return { ...super.viewOf(input), state, ...ends, hostId: HOST };
  }

  private releaseOf(id: string): string {
    return this.containers.get(id)?.metadata?.release ?? '';
  }
}
