import type { MappingView, QuotaView, VmView, VpcView } from '@nubo/contracts';
import { machines } from '../../demo/chapters/machines';
import { http, ssh } from '../../demo/outside';
import { RestError } from '../../demo/rest-client';
import { until } from '../../demo/wait';
import type { TenantOfTheStory, World } from '../../demo/world';
import { refusals } from './refusals';
import { furnishedWorld, problemOf, vmBody as vmBodyOf } from './surroundings';

const LONG_MS = 400_000;

describe('bad days', () => {
  let world: World;
  let ada: TenantOfTheStory;

  beforeAll(async () => {
    world = await furnishedWorld('bad', { NUBO_IMAGE_MAX_BYTES: '50000000' });
    [ada] = world.tenants;
    await machines[0].run(world);
  }, LONG_MS);

  afterAll(async () => {
    await world.saveLogs('e2e-bad-days');
    await world.close();
  }, LONG_MS);

  const vmBody = (name: string, more: object = {}) => vmBodyOf(world, ada, { name, ...more });
  const settledVm = (id: string) =>
    until('the VM to run', 120, async () => {
      const vm = await ada.rest.get<VmView>(`/iaas/vms/${id}`).catch(unlessAway);
      if (vm?.state === 'error') throw new Error(`VM in error: ${vm.stateReason}`);
      return vm?.state === 'running' && vm;
    });
  const unlessAway = (error: unknown): undefined => {
    if (error instanceof RestError && error.problem.status !== 503) throw error;
    return undefined;
  };
  /** Asks until the answer is more than "not now": the id of what was made, or the problem's code. */
  const insist = (name: string): Promise<string> =>
    until('an answer', 60, async () => {
      try {
        return (await ada.rest.post<VmView>('/iaas/vms', vmBody(name), { 'idempotency-key': name })).id;
      } catch (error) {
        if (!(error instanceof RestError) || error.problem.status === 503) throw error;
        return error.problem.code;
      }
    });
  const onHosts = async (command: string): Promise<string[]> => {
    const compute = world.hostNames.filter((name) => !name.endsWith('gw'));
    const outputs = await Promise.all(compute.map((name) => world.lab.execOnHost(name, command)));
    return outputs.flatMap(({ stdout }) => stdout.split('\n').filter(Boolean));
  };
  const remove = async (path: string): Promise<void> => {
    await ada.rest.delete(`${path}?wait=90s`);
  };

  describe('kill -9 in the middle of making a VM', () => {
    const kill = {
      compute: async () => {
        world.platform.services.compute.kill('SIGKILL');
        await world.platform.services.compute.untilReady();
      },
      'nats-server': async () => {
        world.platform.nats?.kill('SIGKILL');
        await world.platform.nats?.untilReady();
      },
      Postgres: async () => {
        world.platform.postgres?.kill('SIGKILL');
        await world.platform.postgres?.untilReady();
      },
    };

    it.each(Object.entries(kill))(
      'of %s: the VM runs, once',
      async (_, killIt) => {
        const vm = await ada.rest.post<VmView>('/iaas/vms', vmBody('survivor'));
        const mapping = await ada.rest
          .post<MappingView>('/pat/mappings', { vmId: vm.id, targetPort: 22 })
          .catch(() => undefined);
        await killIt();
        const running = await settledVm(vm.id);
        expect((await onHosts('virsh -q list --all --uuid')).filter((uuid) => uuid === vm.id)).toHaveLength(
          1,
        );
        expect(await onHosts('ls /var/lib/nubo/vms')).toEqual([vm.id]);
        expect(await onHosts('ls /var/lib/nubo/images | grep -v -F .qcow2')).toEqual([]);
        expect(running.nics).toHaveLength(1);
        const door =
          mapping ??
          (await ada.rest.post<MappingView>('/pat/mappings?wait=30s', { vmId: vm.id, targetPort: 22 }));
        expect(await until('ssh', 240, () => ssh(world, door, 'hostname'))).toBe('survivor');
        const mappings = await ada.rest.get<MappingView[]>('/pat/mappings');
        expect(mappings.filter((m) => m.instanceId === vm.id)).toHaveLength(1);
        await remove(`/iaas/vms/${vm.id}`);
        expect(await onHosts('ls /var/lib/nubo/vms; virsh -q list --all --uuid')).toEqual([]);
      },
      LONG_MS,
    );
  });

  it(
    'a service that is away is a 503 with Retry-After, and its liveness elsewhere stays',
    async () => {
      const { pat, gateway } = world.platform.services;
      await pat.stop();
      const problem = await problemOf(ada.rest.get('/pat/mappings'));
      expect(problem).toMatchObject({ status: 503, code: 'service_unavailable' });
      const live = await fetch(new URL('/health/live', gateway.healthUrl));
      expect(live.status).toBe(200);
      await pat.start();
      await until('pat to answer', 20, () => ada.rest.get<MappingView[]>('/pat/mappings').catch(unlessAway));
    },
    LONG_MS,
  );

  it(
    'says in its health what is missing while Postgres is away',
    async () => {
      await world.platform.postgres?.stop();
      const ready = await until('tenant to notice', 20, async () => {
        const answer = await fetch(new URL('/health/ready', world.platform.services.tenant.healthUrl));
        return (
          answer.status === 503 && ((await answer.json()) as { error: Record<string, { status: string }> })
        );
      });
      expect(ready.error.database.status).toBe('down');
      expect((await problemOf(ada.rest.get('/iaas/vpcs'))).status).toBe(503);
      await world.platform.postgres?.start();
      await until('the platform to answer', 30, () =>
        ada.rest.get<VpcView[]>('/iaas/vpcs').catch(unlessAway),
      );
    },
    LONG_MS,
  );

  it(
    'two hundred parallel creates with a quota for five: exactly five',
    async () => {
      await world.admin.put<QuotaView>(`/iaas/tenants/${ada.tenantId}/quotas/vms`, { limit: 5 });
      const tries = await Promise.all(Array.from({ length: 200 }, (_, i) => insist(`crowd-${i}`)));
      expect(tries.filter((answer) => !answer.includes('-') && answer !== 'quota_exceeded')).toEqual([]);
      const refused = tries.filter((answer) => answer === 'quota_exceeded');
      expect(refused).toHaveLength(195);
      const quotas = await ada.rest.get<QuotaView[]>(`/iaas/tenants/${ada.tenantId}/quotas`);
      expect(quotas.find(({ kind }) => kind === 'vms')).toMatchObject({ used: 5, limit: 5 });
      const vms = await ada.rest.get<VmView[]>('/iaas/vms');
      expect(vms).toHaveLength(5);
      await Promise.all(vms.map((vm) => remove(`/iaas/vms/${vm.id}`)));
      expect(await onHosts('ls /var/lib/nubo/vms; virsh -q list --all --uuid')).toEqual([]);
      await world.admin.put<QuotaView>(`/iaas/tenants/${ada.tenantId}/quotas/vms`, { limit: 20 });
    },
    LONG_MS,
  );

  it('a host without room says how many were looked at and why each was refused', async () => {
    const problem = await problemOf(ada.rest.post('/iaas/vms', vmBody('giant', { memory: 60_000 })));
    expect(problem).toMatchObject({ status: 409, code: 'no_host_with_room', examined: 3 });
    expect(problem.refused).toHaveLength(3);
  });

  it('a network host with routers stays in the fleet', async () => {
    const host = world.hosts.find(({ roles }) => roles.includes('network'));
    const problem = await problemOf(world.admin.delete(`/iaas/hosts/${host?.id}`));
    expect(problem).toMatchObject({ status: 409, code: 'host_in_use', routers: 2 });
  });

  refusals(() => world);

  it(
    'a VM made on both sides of all this still answers over HTTP',
    async () => {
      const vm = await ada.rest.post<VmView>('/iaas/vms?wait=90s', vmBody('last'));
      const door = await ada.rest.post<MappingView>('/pat/mappings?wait=30s', {
        vmId: vm.id,
        targetPort: 80,
      });
      expect(await until('http', 240, () => http(world, door))).toContain('last');
    },
    LONG_MS,
  );
});
