import { Injectable } from '@nestjs/common';
import type { RouterView } from '@nubo/contracts';
import { log } from '@nubo/observability';
import type { Run } from '@nubo/reconcile';
import type { CdnInstance } from '../../../../libs/entities/src/cdn';
import { InstanceControl } from '../delivery/instance-control.driver';
import type { KnownDistribution } from '../distributions/distributions.store';
import { TrafficStore } from './traffic.store';

/** Fetches what edges have counted; they count by themselves and keep an hour. */
@Injectable()
export class TrafficReconciler {
  constructor(
    private readonly control: InstanceControl,
    private readonly store: TrafficStore,
  ) {}

  /** What an edge counted while nobody could ask it comes with the next look. */
  async collect({ instances }: KnownDistribution, router: RouterView, run: Run): Promise<void> {
    const edges = instances.filter(({ role, state }) => role === 'edge' && state === 'serving');
    await Promise.all(
      edges.map((edge) =>
        this.of(edge, router, run).catch((error: unknown) => {
          if (run.signal.aborted) throw error;
          log.info({ err: error, instanceId: edge.id }, 'an edge does not say what it answered');
        }),
      ),
    );
  }

  private async of(edge: CdnInstance, { hostId, namespace }: RouterView, run: Run): Promise<void> {
    const place = { hostId, namespace, address: edge.address ?? '', token: edge.token };
    const samples = await run.step('count traffic', (signal) => this.control.traffic(place, signal));
    await this.store.note(edge, samples);
  }
}
