import type { HostView, ImageView, SubnetView, VpcView } from '@nubo/contracts';
import { enrolment } from '../../demo/chapters/platform';
import { RestError } from '../../demo/rest-client';
import { until } from '../../demo/wait';
import type { TenantOfTheStory, World } from '../../demo/world';
import { problemOf, vmBody } from './surroundings';

const LONG_MS = 180_000;

interface Wrong {
  title: string;
  path: string;
  body: (world: World, tenant: TenantOfTheStory) => object;
  field: string;
}

/** What is refused clearly and leaves nothing half-made. */
export function refusals(world: () => World): void {
  hostRefusals(world);
  imageRefusals(world);
  requestRefusals(world);
}

function hostRefusals(world: () => World): void {
  describe('hosts that cannot be enrolled', () => {
    it(
      'a wrong password leaves nothing behind',
      async () => {
        await world().lab.startHosts(['badpw']);
        const problem = await problemOf(
          world().admin.post('/iaas/hosts', { ...enrolment(world(), 'badpw'), password: 'not-it' }),
        );
        expect(problem).toMatchObject({ status: 422, code: 'host_login_failed' });
        const hosts = await world().admin.get<HostView[]>('/iaas/hosts');
        expect(hosts.map(({ name }) => name)).not.toContain('badpw');
        await world().lab.powerOff('badpw');
      },
      LONG_MS,
    );

    it(
      'one without libvirt says so, and can be removed',
      async () => {
        await world().lab.startHosts(['badlv'], { libvirt: false, roles: ['compute'] });
        const host = await world().admin.post<HostView>('/iaas/hosts', enrolment(world(), 'badlv'));
        const failed = await until('the reason', 150, async () => {
          const view = await world().admin.get<HostView>(`/iaas/hosts/${host.id}`);
          return view.stateReason?.includes('libvirt') && view;
        });
        expect(failed.state).not.toBe('ready');
        await world().admin.delete(`/iaas/hosts/${host.id}?wait=30s`);
        await world().lab.powerOff('badlv');
      },
      LONG_MS,
    );

    it(
      'one that comes back with another key is refused until somebody looks',
      async () => {
        await world().lab.startHosts(['badkey'], { roles: ['compute'], location: 'loc9' });
        const host = await world().admin.post<HostView>('/iaas/hosts?wait=60s', enrolment(world(), 'badkey'));
        expect(host.state).toBe('ready');
        await world().lab.powerOff('badkey');
        await world().lab.changeHostKey('badkey');
        await world()
          .lab.powerOn('badkey')
          .catch(() => undefined);
        const refused = await until('the platform to refuse', 60, async () => {
          const view = await world().admin.get<HostView>(`/iaas/hosts/${host.id}`);
          return view.state === 'error' && view;
        });
        expect(refused.stateReason).toMatch(/key/);
        await world().admin.delete(`/iaas/hosts/${host.id}?wait=30s`);
        await world().lab.powerOff('badkey');
      },
      LONG_MS,
    );
  });
}

function imageRefusals(world: () => World): void {
  describe('images that cannot be had', () => {
    const add = (more: object) =>
      world().admin.post<ImageView>('/iaas/images?wait=30s', {
        name: 'bad',
        url: 'http://10.77.0.1:9000/guest.qcow2',
        ...more,
      });

    it('a wrong checksum', async () => {
      const image = await add({ sha256: '0'.repeat(64) });
      expect(image).toMatchObject({ state: 'error' });
      expect(image.stateReason).toMatch(/sha256|checksum/i);
      await world().admin.delete(`/iaas/images/${image.id}?wait=30s`);
    });

    it.each([
      'http://127.0.0.1:8082/metrics',
      'http://169.254.169.254/latest',
      'http://[::1]/',
      'http://localhost/',
    ])('an address inside: %s', async (url) => {
      const answer = await add({ url }).catch((error: unknown) => error);
      if (answer instanceof RestError) expect(answer.problem).toMatchObject({ status: 400 });
      else expect(answer).toMatchObject({ state: 'error' });
    });
  });
}

function requestRefusals(world: () => World): void {
  const ada = () => world().tenants[0];

  describe('requests that are not right', () => {
    const wrong: Wrong[] = [
      {
        title: 'a name that is none',
        path: '/iaas/vpcs',
        body: () => ({ name: 'Not A Name' }),
        field: 'name',
      },
      {
        title: 'an unknown field',
        path: '/iaas/vpcs',
        body: () => ({ name: 'fine', colour: 'blue' }),
        field: 'colour',
      },
      {
        title: 'a CIDR that holds no host',
        path: '/iaas/subnets',
        body: (_, t) => ({ vpcId: t.vpc.id, name: 'tiny', cidr: '190.9.0.0/32' }),
        field: 'cidr',
      },
      {
        title: 'a CIDR that is none',
        path: '/iaas/subnets',
        body: (_, t) => ({ vpcId: t.vpc.id, name: 'odd', cidr: '190.0.0.300/24' }),
        field: 'cidr',
      },
      {
        title: 'a VM without a NIC',
        path: '/iaas/vms',
        body: (w) => ({ name: 'lonely', imageId: w.image.id, nics: [] }),
        field: 'nics',
      },
    ];

    it.each(wrong)('$title', async ({ path, body, field }) => {
      const before = JSON.stringify(await ada().rest.get(path));
      const problem = await problemOf(ada().rest.post(path, body(world(), ada())));
      expect(problem.status).toBe(400);
      expect(JSON.stringify(problem)).toContain(field);
      expect(JSON.stringify(await ada().rest.get(path))).toBe(before);
    });

    it('bad JSON', async () => {
      const answer = await fetch(`${world().platform.gatewayUrl}/iaas/sessions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"email":',
      });
      expect(answer.status).toBe(400);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
    });

    it('a CIDR that overlaps within the VPC, while another VPC may have it', async () => {
      const problem = await problemOf(
        ada().rest.post('/iaas/subnets', { vpcId: ada().vpc.id, name: 'again', cidr: '190.0.0.128/25' }),
      );
      expect(problem).toMatchObject({ status: 409, code: 'subnet_overlaps' });
      const vpc = await ada().rest.post<VpcView>('/iaas/vpcs?wait=30s', { name: 'second' });
      const subnet = await ada().rest.post<SubnetView>('/iaas/subnets?wait=30s', {
        vpcId: vpc.id,
        name: 'again',
        cidr: '190.0.0.128/25',
      });
      expect(subnet.state).toBe('ready');
      await ada().rest.delete(`/iaas/subnets/${subnet.id}?wait=30s`);
      await ada().rest.delete(`/iaas/vpcs/${vpc.id}?wait=30s`);
    });

    it('another tenant’s image, subnet, VM or mapping named in a body', async () => {
      const [, grace] = world().tenants;
      const foreign = await problemOf(
        grace.rest.post('/iaas/vms', vmBody(world(), ada(), { name: 'thief' })),
      );
      expect(foreign.status).toBe(404);
      expect(
        (
          await problemOf(
            grace.rest.post('/iaas/subnets', { vpcId: ada().vpc.id, name: 'mine', cidr: '10.0.0.0/24' }),
          )
        ).status,
      ).toBe(404);
    });
  });
}
