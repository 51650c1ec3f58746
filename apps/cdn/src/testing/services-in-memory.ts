/** compute, network, pat and tenant as a distribution sees them. */
import { randomUUID } from 'node:crypto';
import {
  discardVm,
  ensureVm,
  findPlatformImage,
  findUser,
  findVms,
  placesOfUser,
  type ContainerView,
  type EnsureContainer,
  type EnsureVm,
  type ImageView,
  type NuboError,
  type Page,
  type PlaceView,
  type ResolvedUser,
  type VmView,
} from '@nubo/contracts';
import { NeighboursInMemory, resourceView, type TestApp } from '@nubo/testing';

export class ServicesInMemory extends NeighboursInMemory {
  readonly vms = new Map<string, EnsureVm>();
  /** Users by tenant and name, with the locations of their instances. */
  readonly users = new Map<string, { userId: string; places: string[] }>();
  /** How often it was asked where a user is. */
  asked = 0;
  /** How often a container was asked for. */
  ensured = 0;
  /** What compute says of its platform images: nothing, as long as they are there. */
  imageless?: NuboError;
  /** Discarded instances stay for a while. */
  slow = false;

  override async answer(app: TestApp): Promise<void> {
    await super.answer(app);
    const { bus } = app;
    await bus.answer(ensureVm, (input) => this.vm(input));
    await bus.answer(discardVm, ({ id }) => this.forgetInstance(this.vms, id));
    await bus.answer(findVms, ({ ids }) => ({
      items: ids.flatMap((id) => this.vms.get(id) ?? []).map((one) => this.vmViewOf(one)),
    }));
    await bus.answer(findPlatformImage, ({ name, kind }) => this.image(name, kind));
    await bus.answer(findUser, ({ tenantId, user }) => this.named(tenantId, user));
    await bus.answer(placesOfUser, ({ userId }) => this.placesOf(userId));
  }

  /** All that there is of a distribution, by what it is called. */
  override get left(): number {
    return super.left + this.vms.size;
  }

  protected override container(input: EnsureContainer): ContainerView {
    this.ensured += 1;
    return super.container(input);
  }

  protected override hasInstance(id: string): boolean {
    return super.hasInstance(id) || this.vms.has(id);
  }

  protected override forgetInstance(all: Map<string, object>, id: string): object {
    return this.slow ? {} : super.forgetInstance(all, id);
  }

  private named(tenantId: string, user: string): Page<ResolvedUser> {
    const found = this.users.get(`${tenantId} ${user}`);
    return { items: found ? [{ userId: found.userId, tenantId, email: user }] : [] };
  }

  private placesOf(userId: string): Page<PlaceView> {
    this.asked += 1;
    const found = [...this.users.values()].find((one) => one.userId === userId);
    return { items: (found?.places ?? []).map((name) => ({ name, instances: 1 })) };
  }

  private vm(input: EnsureVm): VmView {
    this.vms.set(input.id, input);
    return this.vmViewOf(input);
  }

  private vmViewOf(input: EnsureVm): VmView {
    const { location, memory, vcpus, managedBy, nics } = input;
    const ip = this.addressIn(this.vms, input.id);
    return {
      ...resourceView(input, 'running'),
      ...{ imageId: randomUUID(), machineType: null, vcpus, memory, disk: 5, sshKeys: [] },
      ...{ hostId: randomUUID(), location, managedBy },
      nics: nics.map(({ subnetId }) => ({ portId: randomUUID(), subnetId, ip, mac: null })),
    };
  }

  private image(name: string, kind: ImageView['kind']): ImageView {
    if (this.imageless) throw this.imageless;
    return {
      ...resourceView({ id: randomUUID(), name, tenantId: null }, 'ready'),
      ...{ description: '', kind, source: 'upload', vmId: null, sha256: null, size: null },
      ...{ received: null, consistency: null, minDisk: null, public: true, progress: 100 },
    };
  }
}
