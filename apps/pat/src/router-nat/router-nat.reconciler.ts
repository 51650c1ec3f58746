import { Injectable, type OnModuleInit } from '@nestjs/common';
import { getPort, getRouter, NuboError, serviceContext, unavailable, type RouterView } from '@nubo/contracts';
import { Fleet, publicReason } from '@nubo/fleet';
import { Bus } from '@nubo/messaging';
import { Intentions, revokeGrants } from '@nubo/persistence';
import { release } from '@nubo/quota';
import { gone, settled, waiting, Worker, type Outcome, type Reconciler, type Run } from '@nubo/reconcile';
import { In, LessThan, Not } from 'typeorm';
import { Mapping } from '../../../../libs/entities/src/pat';
import { ROUTER_NAT } from '../mappings/mappings.store';
import { RouterNatDriver, type RouterPlace } from './router-nat.driver';
import { planNat, type Forward } from './router-nat.rules';

/** How often the monitor looks whether every mapping's port still is what it was. */
const MONITOR_MS = 30_000;
const CTX = serviceContext('pat', 'reconcile');

const toForward = (row: Mapping): Forward => ({
  protocol: row.protocol,
  externalIp: row.externalIp,
  externalPort: row.externalPort,
  targetIp: row.targetIp,
  targetPort: row.targetPort,
});

const orNull = (error: unknown): null => {
  if (error instanceof NuboError && error.kind === 'not_found') return null;
  throw error;
};

/** Keeps one router's port translation equal to its mappings. */
@Injectable()
export class RouterNatReconciler implements Reconciler, OnModuleInit {
  readonly kind = ROUTER_NAT;

  constructor(
    private readonly worker: Worker,
    private readonly intentions: Intentions,
    private readonly bus: Bus,
    private readonly fleet: Fleet,
    private readonly driver: RouterNatDriver,
  ) {}

  onModuleInit(): void {
    this.worker.register(this);
  }

  async run(id: string, run: Run): Promise<Outcome> {
    const router = await run.step('ask for the router', () =>
      this.bus.call(getRouter, CTX, { id }).catch(orNull),
    );
    await run.step('verify the ports', () => this.verify(id));
    const rows = await this.rows(id);
    if (!router || !(await this.isReachable(router))) return this.withoutHost(rows, Boolean(router));
    if (router.state === 'creating') return waiting('the router to be made', 1_000);
    const wanted = rows.filter((row) => row.state !== 'deleting');
    await this.program(run, router, wanted.map(toForward));
    await run.step('note what stands', () => this.note(router, rows));
    return wanted.length > 0 ? settled(MONITOR_MS) : gone();
  }

  async expired(id: string, reason: string): Promise<void> {
    const said = publicReason(reason, await this.fleet.all());
    const stateReason = `The router could not be programmed: ${said}`;
    await this.intentions.apply(CTX, async ({ em }) => {
      await em.update(Mapping, { routerId: id, state: 'creating' }, { state: 'error', stateReason });
      await em.update(Mapping, { routerId: id, state: 'deleting' }, { stateReason });
    });
  }

  private rows(routerId: string): Promise<Mapping[]> {
    return this.intentions.read((em) => em.find(Mapping, { where: { routerId }, order: { id: 'ASC' } }));
  }

  /** One that is down, has another key, or is being enrolled anew cannot be worked on. */
  private async isReachable({ hostId }: RouterView): Promise<boolean> {
    const host = await this.fleet.find(hostId);
    return host !== null && (host.state === 'ready' || host.state === 'suspect');
  }

  /** Mappings whose port is gone are deleted; those whose port has another address are repointed. */
  private async verify(routerId: string): Promise<void> {
    const before = new Date(Date.now() - MONITOR_MS / 2);
    const where = { routerId, state: Not('deleting' as const), verifiedAt: LessThan(before) };
    const stale = await this.intentions.read((em) => em.find(Mapping, { where }));
    const portIds = [...new Set(stale.map((row) => row.portId))];
    for (const portId of portIds) await this.verifyPort(portId);
  }

  private async verifyPort(portId: string): Promise<void> {
    const port = await this.bus.call(getPort, CTX, { id: portId }).catch(orNull);
    const change =
      port && port.state !== 'deleting'
        ? { targetIp: port.ip, verifiedAt: new Date() }
        : { state: 'deleting' as const };
    await this.intentions.apply(CTX, async ({ em }) => {
      await em.update(Mapping, { portId, state: Not('deleting' as const) }, change);
    });
  }

  /** The map first, then the flows, then a look whether it stands. */
  private async program(run: Run, router: RouterView, forwards: Forward[]): Promise<void> {
    const place: RouterPlace = { hostId: router.hostId, namespace: router.namespace };
    const wanted = { forwards, networks: router.cidrs };
    const current = await run.step('read the router', (signal) => this.driver.read(place, signal));
    const plan = planNat(current, wanted);
    if (plan.document === '') return;
    await run.step('change the map', (signal) => this.driver.apply(place, plan.document, run.fence, signal));
    if (plan.flows.length > 0)
      await run.step('end old flows', (signal) => this.driver.endFlows(place, plan.flows, run.fence, signal));
    await run.step('verify the map', async (signal) => {
      const left = planNat(await this.driver.read(place, signal), wanted);
      if (left.document !== '')
        throw unavailable('map_differs', `The map of ${place.namespace} is not what was applied.`);
    });
  }

  /** A router that is gone takes its mappings along; one whose host cannot be worked on does not hold up deletions. */
  private async withoutHost(rows: Mapping[], routerExists: boolean): Promise<Outcome> {
    await this.forget(routerExists ? rows.filter((row) => row.state === 'deleting') : rows);
    if (!routerExists) return gone();
    return waiting('the router’s host to come back', MONITOR_MS);
  }

  private async note(router: RouterView, rows: Mapping[]): Promise<void> {
    await this.forget(rows.filter((row) => row.state === 'deleting'));
    const standing = rows.filter((row) => row.state === 'creating' || row.state === 'error');
    await this.intentions.apply(CTX, async ({ em }) => {
      for (const { id, generation } of standing) {
        const where = { id, generation, state: In(['creating' as const, 'error' as const]) };
        await em.update(Mapping, where, {
          state: 'active',
          stateReason: null,
          observedGeneration: generation,
          hostId: router.hostId,
        });
      }
    });
  }

  private async forget(rows: Mapping[]): Promise<void> {
    if (rows.length === 0) return;
    await this.intentions.apply(CTX, async ({ em }) => {
      for (const { id } of rows) {
        await em.delete(Mapping, { id });
        await release(em, id);
        await revokeGrants(em, id);
      }
    });
  }
}
