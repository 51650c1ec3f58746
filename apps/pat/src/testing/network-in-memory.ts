import { randomUUID } from 'node:crypto';
import {
  findPorts,
  forbidden,
  getPort,
  getRouter,
  notFound,
  type FindPorts,
  type GrantLevel,
  type PortView,
  type Principal,
  type RequestContext,
  type RouterView,
} from '@nubo/contracts';
import type { TestApp } from '@nubo/testing';

type Owned = Pick<RouterView, 'id' | 'tenantId'>;

/** The network service as port translation sees it: routers and ports in memory. */
export class NetworkInMemory {
  readonly routers = new Map<string, RouterView>();
  readonly ports = new Map<string, PortView>();
  /** What was granted: `<id of a port or router> <user id>` → level. */
  readonly grants = new Map<string, GrantLevel>();

  async answer(app: TestApp): Promise<void> {
    await app.bus.answer(getRouter, ({ id }, ctx) => this.routerFor(ctx, id));
    await app.bus.answer(getPort, ({ id }) => this.ports.get(id) ?? refuse('port', id));
    await app.bus.answer(findPorts, (input, ctx) => ({ items: this.portsFor(ctx, input) }));
  }

  private routerFor({ principal }: RequestContext, id: string): RouterView {
    const router = this.routers.get(id);
    return router && this.levelOf(principal, router) ? router : refuse('router', id);
  }

  private portsFor({ principal }: RequestContext, { portId, instanceId, level }: FindPorts): PortView[] {
    return [...this.ports.values()].filter((port) => {
      if (port.id !== portId && port.instanceId !== instanceId) return false;
      const held = this.levelOf(principal, port);
      if (held === 'use' && level === 'manage') throw forbidden('not_yours', 'It is not yours.');
      return held !== undefined;
    });
  }

  private levelOf(who: Principal | null, { id, tenantId }: Owned): GrantLevel | undefined {
    if (who?.role === 'admin' || who?.role === 'service') return 'manage';
    if (who?.role === 'owner' && who.tenantId === tenantId) return 'manage';
    return this.grants.get(`${id} ${who?.userId}`);
  }

  router(hostId: string, tenantId: string | null): RouterView {
    const id = randomUUID();
    const router: RouterView = {
      id,
      vpcId: id,
      tenantId,
      hostId,
      namespace: `nr-${id.slice(0, 8)}`,
      externalIp: '203.0.113.7',
      cidrs: ['190.0.0.0/24'],
      state: 'ready',
    };
    this.routers.set(id, router);
    return router;
  }

  port(router: RouterView, ip = '190.0.0.10'): PortView {
    const id = randomUUID();
    const now = new Date().toISOString();
    const resource = {
      name: 'web',
      tenantId: router.tenantId,
      metadata: {},
      version: 1,
      stateReason: null,
      createdAt: now,
      updatedAt: now,
    };
    const place = { bridge: 'nb4096', device: `np${id.slice(0, 8)}`, mac: '52:54:00:00:00:01', mtu: 1450 };
    const addressing = { ip, prefix: 24, gateway: '190.0.0.1', dns: [], dhcp: true };
    const port: PortView = {
      ...resource,
      ...place,
      ...addressing,
      id,
      state: 'active',
      subnetId: randomUUID(),
      vpcId: router.id,
      instanceId: randomUUID(),
      hostId: router.hostId,
    };
    this.ports.set(id, port);
    return port;
  }
}

function refuse(noun: string, id: string): never {
  throw notFound(noun, id);
}
