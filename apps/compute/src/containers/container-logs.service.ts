import { Injectable } from '@nestjs/common';
import {
  notFound,
  unavailable,
  type ConsoleView,
  type ReadConsole,
  type RequestContext,
} from '@nubo/contracts';
import { Fleet } from '@nubo/fleet';
import { log } from '@nubo/observability';
import { Intentions, requireAccess } from '@nubo/persistence';
import { Container } from '../../../../libs/entities/src/compute';
import { consoleText } from '../instances/console.rules';
import { answers } from '../instances/instances.rules';
import { ContainerRuntime } from './containers.driver';

const DEFAULT_LINES = 100;

/** What has been written in a container to standard output and error. It is on its host alone. */
@Injectable()
export class ContainerLogs {
  constructor(
    private readonly intentions: Intentions,
    private readonly fleet: Fleet,
    private readonly runtime: ContainerRuntime,
  ) {}

  /** Throws `unavailable` when the host cannot be asked. */
  async read(ctx: RequestContext, { id, lines = DEFAULT_LINES }: ReadConsole): Promise<ConsoleView> {
    const access = { noun: 'container', level: 'use' as const };
    const { hostId } = await this.intentions.read((em) => requireAccess(em, ctx, [Container, id], access));
    return this.of({ id, hostId }, lines);
  }

  /** For the service that keeps it. */
  async tail({ id, lines = DEFAULT_LINES }: ReadConsole): Promise<ConsoleView> {
    const row = await this.intentions.read((em) => em.findOneBy(Container, { id }));
    if (!row?.managedBy) throw notFound('container', id);
    return this.of(row, lines);
  }

  private async of({ id, hostId }: Pick<Container, 'id' | 'hostId'>, lines: number): Promise<ConsoleView> {
    const host = await this.fleet.find(hostId);
    const silent = unavailable(
      'host_unreachable',
      host
        ? `The log is on host ${host.name}, which does not answer: try again later.`
        : 'The log was on a host that is no more part of the platform.',
    );
    if (!host || !answers(host.state)) throw silent;
    try {
      return { text: consoleText(await this.runtime.logs({ hostId, containerId: id }, lines), lines) };
    } catch (error) {
      log.info({ err: error, hostId, containerId: id }, 'could not read a log');
      throw silent;
    }
  }
}
