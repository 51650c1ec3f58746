import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  conflict,
  deleteHost,
  enrolHost,
  getHostUse,
  NuboError,
  notFound,
  serviceContext,
  updateHost,
  listHosts,
  type ById,
  type EnrolHost,
  type HostView,
  type ListInput,
  type Page,
  type RequestContext,
  type UpdateHost,
} from '@nubo/contracts';
import { Host } from '@nubo/fleet';
import { Bus } from '@nubo/messaging';
import {
  assertVersion,
  filterOn,
  Intentions,
  pageOfQuery,
  principalOf,
  writtenByUser,
} from '@nubo/persistence';
import { wake } from '@nubo/reconcile';
import type { EntityManager } from 'typeorm';
import { Container, Image, Snapshot, Vm } from '../../../../libs/entities/src/compute';
import { HostDriver, HostFault, type HostFaultKind } from './hosts.driver';
import { toHostView } from './hosts.mapper';
import { assertEnrolment, nameFromAddress } from './hosts.rules';

const ENROL_MS = 120_000;
const DELETE_MS = 60_000;
const SSH_PORT = 22;

const FAULT_CODES: Record<HostFaultKind, string> = {
  login: 'host_login_failed',
  key_changed: 'host_key_changed',
  unusable: 'host_unusable',
  unreachable: 'host_unreachable',
};

const FILTER = filterOn(Host, listHosts, {
  'vcpus.total': 'vcpus',
  'vcpus.used': 'usedVcpus',
  'memory.total': 'memoryMib',
  'memory.used': 'usedMemoryMib',
  'disk.total': 'diskGib',
  'disk.used': 'usedDiskGib',
});

const nameTaken = (): NuboError => conflict('host_name_taken', 'Another host has this name: choose one.');
const enrolled = (): NuboError =>
  conflict('host_already_enrolled', 'There is a host with this address already.');

/** Hosts of the fleet: administrators change them, everybody logged in sees what there is. */
@Injectable()
export class HostsService {
  constructor(
    private readonly intentions: Intentions,
    private readonly driver: HostDriver,
    private readonly bus: Bus,
  ) {
    intentions.explain({ hosts_name: nameTaken, hosts_address: enrolled });
  }

  /** The host is asked before anything is written: a wrong password leaves nothing behind, here or there. */
  async enrol(ctx: RequestContext, input: EnrolHost): Promise<HostView> {
    assertEnrolment(input);
    const host = this.hostFrom(ctx, input);
    // Asked again with its key, what was enrolled then is not new: the answer of then is given, or the key refused.
    if (!(await this.intentions.isRepeated(ctx))) await this.intentions.read((em) => assertNew(em, host));
    host.hostKey = await this.introduce(ctx, host, input.password);
    // The password goes no further: what is written and hashed from here on does not hold it.
    return this.intentions.write(enrolHost, ctx, { ...input, password: '' }, async ({ em }) => {
      await assertNew(em, host);
      await em.insert(Host, host);
      await wake(em, 'host', host.id, { deadlineMs: ENROL_MS });
      return toHostView(await found(em, host.id), true);
    });
  }

  list(ctx: RequestContext, input: ListInput): Promise<Page<HostView>> {
    return this.intentions.read((em) =>
      pageOfQuery(
        em.createQueryBuilder(Host, 'host'),
        input,
        (host) => toHostView(host, isAdmin(ctx)),
        FILTER.for(ctx),
      ),
    );
  }

  get(ctx: RequestContext, { id }: ById): Promise<HostView> {
    return this.intentions.read(async (em) => toHostView(await found(em, id), isAdmin(ctx)));
  }

  update(ctx: RequestContext, input: UpdateHost): Promise<HostView> {
    return this.intentions.write(updateHost, ctx, input, async ({ em }) => {
      const host = await locked(em, input.id);
      assertVersion(ctx, host);
      const { name = host.name, location = host.location } = input;
      if (name !== host.name) await assertNameFree(em, name);
      host.location = location;
      writtenByUser(host, input);
      if (input.state === 'ready') await retry(em, host);
      return toHostView(await em.save(host), true);
    });
  }

  /** Once it is out of the fleet nobody can reach what lies there: everything must be gone before. */
  async remove(ctx: RequestContext, input: ById): Promise<HostView> {
    await this.assertNoNetworks(input.id);
    return this.intentions.write(deleteHost, ctx, input, async ({ em }) => {
      const host = await locked(em, input.id);
      assertVersion(ctx, host);
      await assertUnused(em, host);
      if (host.state !== 'deleting') {
        Object.assign(host, { state: 'deleting', stateReason: null, updatedAt: new Date() });
        await em.save(host);
        await wake(em, 'host', host.id, { deadlineMs: DELETE_MS });
      }
      return toHostView(host, true);
    });
  }

  private async assertNoNetworks(id: string): Promise<void> {
    const host = await this.intentions.read((em) => unused(em, id));
    if (host.state === 'deleting') return;
    const use = await this.bus.call(getHostUse, serviceContext('compute', `host-${id}`), { id });
    if (use.routers + use.ports === 0) return;
    const message = `On ${host.name} are still routers of ${use.routers} VPC(s) and NICs of ${use.ports} VM(s); those of deleted VMs go within seconds.`;
    throw conflict('host_in_use', message, { ...use });
  }

  private hostFrom(ctx: RequestContext, input: EnrolHost): EnrolledHost {
    const { address, port = SSH_PORT, user, location = 'loc1', roles = ['compute'] } = input;
    const { external = null, metadata = {} } = input;
    const { userId } = principalOf(ctx);
    const id = randomUUID();
    const name = input.name ?? nameFromAddress(address);
    const own = { id, name, userId, metadata, state: 'enrolling' as const, hostKey: '' };
    return { ...own, address, port, user, location, roles, external };
  }

  private async introduce(ctx: RequestContext, host: EnrolledHost, password: string): Promise<string> {
    const { address, port, user } = host;
    try {
      if (ctx.dryRun) return await this.driver.look(address, port);
      return await this.driver.enrol({ address, port, user, password });
    } catch (error) {
      if (!(error instanceof HostFault)) throw error;
      throw new NuboError('unprocessable', FAULT_CODES[error.kind], `${error.message}.`, { cause: error });
    }
  }
}

type EnrolledHost = Pick<
  Host,
  | 'id'
  | 'name'
  | 'userId'
  | 'metadata'
  | 'state'
  | 'hostKey'
  | 'address'
  | 'port'
  | 'user'
  | 'location'
  | 'roles'
  | 'external'
>;

const isAdmin = (ctx: RequestContext): boolean => ['admin', 'service'].includes(principalOf(ctx).role);

async function found(em: EntityManager, id: string): Promise<Host> {
  const host = await em.findOneBy(Host, { id });
  if (!host) throw notFound('host', id);
  return host;
}

async function unused(em: EntityManager, id: string): Promise<Host> {
  const host = await found(em, id);
  await assertUnused(em, host);
  return host;
}

async function locked(em: EntityManager, id: string): Promise<Host> {
  const query = em.createQueryBuilder(Host, 'host').where('host.id = :id', { id });
  const host = await query.setLock('pessimistic_write').getOne();
  if (!host) throw notFound('host', id);
  return host;
}

async function assertNew(em: EntityManager, { name, address, port }: EnrolledHost): Promise<void> {
  if (await em.existsBy(Host, { address, port })) throw enrolled();
  await assertNameFree(em, name);
}

async function assertNameFree(em: EntityManager, name: string): Promise<void> {
  if (await em.existsBy(Host, { name })) throw nameTaken();
}

/** An enrolment that failed is tried again from its beginning; a host that is well is left alone. */
async function retry(em: EntityManager, host: Host): Promise<void> {
  if (host.state === 'deleting') throw conflict('host_is_going', 'This host is being deleted.');
  if (host.state !== 'error') return;
  Object.assign(host, { state: 'enrolling', stateReason: null });
  await wake(em, 'host', host.id, { deadlineMs: ENROL_MS });
}

async function assertUnused(em: EntityManager, host: Host): Promise<void> {
  const vms = await em.countBy(Vm, { hostId: host.id });
  const containers = await em.countBy(Container, { hostId: host.id });
  if (vms + containers === 0) return assertNothingSaved(em, host);
  const count = [vms > 0 && `${vms} VM(s)`, containers > 0 && `${containers} container(s)`];
  const message = `On ${host.name} are still ${count.filter(Boolean).join(' and ')}: delete them first.`;
  throw conflict('host_in_use', message, { vms, containers });
}

/** Disks whose VMs may be gone already. */
async function assertNothingSaved(em: EntityManager, host: Host): Promise<void> {
  const query = em.createQueryBuilder(Snapshot, 's').innerJoin(Image, 'i', 'i.id = s.imageId');
  const wanted = query.where({ hostId: host.id, delivered: false }).andWhere(`i.state = 'creating'`);
  const snapshots = await wanted.getCount();
  if (snapshots === 0) return;
  const message = `The disks of ${snapshots} VM(s) of ${host.name} are still being saved: wait for their images, or delete those.`;
  throw conflict('host_in_use', message, { vms: 0, containers: 0, snapshots });
}
