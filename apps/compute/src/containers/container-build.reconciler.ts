import { Injectable } from '@nestjs/common';
import type { PortView } from '@nubo/contracts';
import { waiting, type Outcome } from '@nubo/reconcile';
import { Vault } from '@nubo/vault';
import { ImageCopies } from '../images/image-copies.service';
import { NicBuilder } from '../instances/nic-build.reconciler';
import type { Happening } from '../instances/timeline.store';
import { ContainerRuntime, type RuntimeSpec, type RuntimeState } from './containers.driver';
import { idRange } from './containers.rules';
import { CONTAINER_VARIABLES, ContainerStore, type Task } from './containers.store';

/** A lost event must not cost more than this. */
const PORT_RECHECK_MS = 500;
const IMAGE_RECHECK_MS = 500;
const CONTENT_RECHECK_MS = 250;

/** Everything that a container needs before it can be started: ports, image, the container. */
@Injectable()
export class ContainerBuilder {
  constructor(
    private readonly store: ContainerStore,
    private readonly nics: NicBuilder,
    private readonly images: ImageCopies,
    private readonly runtime: ContainerRuntime,
    private readonly vault: Vault,
  ) {}

  /** What is still waited for, or the ports that it may be started on: the bridges stand by then. */
  async ensure(task: Task, state: RuntimeState): Promise<{ wait: Outcome } | { ports: PortView[] }> {
    const { row, nics, run, host } = task;
    const failed = (reason: string) => this.store.noteFailure(row.id, reason);
    const ports = await this.nics.ensure({ instance: row, nics, run, failed });
    const isMissing = state.is === 'missing';
    const trouble = (reason: string) => this.store.noteTrouble(row, host, reason);
    const image = isMissing ? await this.images.ensure(row, run, trouble) : undefined;
    if (isMissing && !image) return { wait: waiting('the image to reach the host', IMAGE_RECHECK_MS) };
    if (image) await this.tell(task, { event: 'image-ready', detail: `on ${host.name}` });
    if (ports.some((port) => port.state !== 'active'))
      return { wait: waiting('the network of its host', PORT_RECHECK_MS) };
    await this.tell(task, { event: 'ports-ready', detail: ports.map(({ ip }) => ip).join(', ') });
    if (image && !(await this.hasContent(task)))
      return { wait: waiting('its content to reach the host', CONTENT_RECHECK_MS) };
    if (image) await this.create(task, image, ports);
    return { ports };
  }

  /** Only while it is made: it has its ports and its image but once. */
  private async tell({ row, run }: Task, happening: Happening): Promise<void> {
    if (row.observedGeneration > 0) return;
    await run.step(`tell of ${happening.event}`, () => this.store.noteOnce(row, happening));
  }

  private async hasContent({ row: { content }, run, place }: Task): Promise<boolean> {
    if (content === null) return true;
    return run.step('look for its content', (signal) =>
      this.runtime.hasContent({ ...place, signal }, content),
    );
  }

  private async create({ row, run, place }: Task, image: string, nics: PortView[]): Promise<void> {
    const { name: hostname, command, memoryMib, cpu, pids, readOnly, content, idSlot } = row;
    const env = this.vault.open(CONTAINER_VARIABLES, row.id, row.env);
    const ids = idRange(idSlot);
    const limits = { memoryMib, cpu, pids };
    const spec: RuntimeSpec = { image, hostname, command, env, ...limits, readOnly, content, ids, nics };
    await run.step('create the container', (signal) => this.runtime.create({ ...place, signal }, spec));
  }
}
