import { Injectable } from '@nestjs/common';
import type { Container } from '../../../../libs/entities/src/compute';
import { InstanceEvents } from '../instances/instance-events.service';
import { DEADLINES } from './containers.rules';
import { ContainerStore } from './containers.store';

@Injectable()
export class ContainerEvents extends InstanceEvents<Container> {
  constructor(store: ContainerStore) {
    super(store, DEADLINES.delete);
  }
}
