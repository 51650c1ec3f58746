import { Injectable } from '@nestjs/common';
import type { Vm } from '../../../../libs/entities/src/compute';
import { InstanceEvents } from '../instances/instance-events.service';
import { DEADLINES } from './vms.rules';
import { VmStore } from './vms.store';

@Injectable()
export class VmEvents extends InstanceEvents<Vm> {
  constructor(store: VmStore) {
    super(store, DEADLINES.delete);
  }
}
