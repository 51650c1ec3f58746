import { Injectable } from '@nestjs/common';
import { unavailable, type ConsoleView, type ReadConsole, type RequestContext } from '@nubo/contracts';
import { Fleet, type Host } from '@nubo/fleet';
import { log } from '@nubo/observability';
import { Intentions, requireAccess } from '@nubo/persistence';
import { Vm } from '../../../../libs/entities/src/compute';
import { answers } from '../instances/instances.rules';
import { consoleText } from '../instances/console.rules';
import { Hypervisor } from './vms.driver';

const DEFAULT_LINES = 100;

/** What a guest has written to its serial console. The log is on the VM's host alone. */
@Injectable()
export class VmConsole {
  constructor(
    private readonly intentions: Intentions,
    private readonly fleet: Fleet,
    private readonly hypervisor: Hypervisor,
  ) {}

  /** Throws `unavailable` when the host cannot be asked. A VM that never ran has written nothing. */
  async read(ctx: RequestContext, { id, lines = DEFAULT_LINES }: ReadConsole): Promise<ConsoleView> {
    const [vm, host] = await this.intentions.read(async (em) => {
      const found = await requireAccess(em, ctx, [Vm, id], { noun: 'VM', level: 'use' });
      return [found, await this.fleet.find(found.hostId, em)] as const;
    });
    if (!host || !answers(host.state)) throw silent(host);
    return { text: consoleText(await this.logOf(vm, host, lines), lines) };
  }

  private async logOf({ id: vmId, hostId }: Vm, host: Host, lines: number): Promise<string> {
    try {
      return await this.hypervisor.consoleLog({ hostId, vmId }, lines);
    } catch (error) {
      log.info({ err: error, hostId, vmId }, 'could not read a console');
      throw silent(host);
    }
  }
}

const silent = (host: Host | null) =>
  unavailable(
    'host_unreachable',
    host
      ? `The console is on host ${host.name}, which does not answer: try again later.`
      : 'The console was on a host that is no more part of the platform.',
  );
