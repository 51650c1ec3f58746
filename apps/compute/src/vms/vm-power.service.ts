import { Injectable } from '@nestjs/common';
import { conflict, rebootVm, type RebootVm, type RequestContext, type VmView } from '@nubo/contracts';
import { assertUnmanaged, Intentions, type Intention } from '@nubo/persistence';
import { wake } from '@nubo/reconcile';
import type { Vm } from '../../../../libs/entities/src/compute';
import { transition } from '../instances/instances.rules';
import { record } from '../instances/timeline.store';
import { lockedVm, viewOf } from './vm-view.store';
import { DEADLINES, mayAsk, mayReboot } from './vms.rules';

/** Writes the intentions of starting, stopping and rebooting a VM. */
@Injectable()
export class VmPower {
  constructor(private readonly intentions: Intentions) {}

  /** A VM that is rebooting already goes on; its power is cut if that is what is asked for now. */
  reboot(ctx: RequestContext, input: RebootVm): Promise<VmView> {
    return this.intentions.write(rebootVm, ctx, input, async ({ em }) => {
      const vm = await lockedVm(em, ctx, input.id, 'use');
      assertUnmanaged(vm, 'VM');
      if (!mayReboot(vm.state)) throw wrongState(vm, 'rebooted');
      const restart = input.hard ? 'hard' : (vm.restart ?? 'soft');
      if (vm.state === 'rebooting' && vm.restart === restart) return viewOf(em, vm);
      Object.assign(vm, { restart, state: 'rebooting', wantedState: 'running', stateReason: null });
      Object.assign(vm, { version: vm.version + 1, updatedAt: new Date(), stopAskedAt: null });
      vm.generation += 1;
      await em.save(vm);
      const detail = restart === 'hard' ? 'The power is cut.' : null;
      await record(em, vm.id, { event: 'reboot-asked', detail, by: ctx });
      await wake(em, 'vm', vm.id, { deadlineMs: DEADLINES.reboot });
      return viewOf(em, vm);
    });
  }

  /** Changes `vm`, which the caller saves. */
  async ask({ em, ctx }: Intention, vm: Vm, wanted: 'running' | 'stopped'): Promise<void> {
    if (!mayAsk(vm.state, wanted)) throw wrongState(vm, `made ${wanted}`);
    const state = transition(vm.state, vm.wantedState, wanted);
    if (!state) return;
    Object.assign(vm, { wantedState: wanted, state, stateReason: null, restart: null });
    vm.generation += 1;
    const event = state === 'starting' ? 'start-asked' : 'stop-asked';
    await record(em, vm.id, { event, by: ctx });
    await wake(em, 'vm', vm.id, { deadlineMs: state === 'starting' ? DEADLINES.start : DEADLINES.stop });
  }
}

const wrongState = ({ state }: Vm, done: string) =>
  conflict('vm_wrong_state', `A VM that is ${state} cannot be ${done}.`, { state });
