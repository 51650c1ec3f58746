/** VMs on simulated hosts, and what saves their disks. */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { getImage, snapshotVm, type ImageView, type Principal, type SnapshotVm } from '@nubo/contracts';
import type { Host } from '@nubo/fleet';
import { contextOf, SimulatedHypervisor } from '@nubo/testing';
import { ComputeWorld } from '../../vms/testing/compute-world';
import { SnapshotDriver } from '../snapshots.driver';
import { SnapshotsInMemory } from './snapshots-in-memory';

export class SnapshotWorld {
  private constructor(
    readonly compute: ComputeWorld,
    readonly disks: SnapshotsInMemory,
    readonly ada: Principal,
    readonly host: Host,
    /** The image that VMs are made from. */
    readonly baseId: string,
  ) {}

  static async open(idle: boolean): Promise<SnapshotWorld> {
    const hypervisor = new SimulatedHypervisor();
    const disks = new SnapshotsInMemory(hypervisor, emptyDisk());
    const compute = await ComputeWorld.open({ idle, hypervisor, overrides: [[SnapshotDriver, disks]] });
    const ada = await compute.person();
    const host = await (idle ? compute.host() : compute.watchedHost());
    await compute.em.query(`UPDATE quota.usage SET "limit" = 1000000`);
    return new SnapshotWorld(compute, disks, ada, host, await compute.image(ada));
  }

  save(vmId: string, change: Partial<SnapshotVm> = {}, who = this.ada): Promise<ImageView> {
    return this.compute.app.call(snapshotVm, contextOf(who), { id: vmId, name: 'saved', ...change });
  }

  look(id: string): Promise<ImageView> {
    return this.compute.app.call(getImage, contextOf(this.ada), { id });
  }
}

function emptyDisk(): Buffer {
  const path = join(tmpdir(), `nubo-disk-${randomUUID()}.qcow2`);
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', path, '60M']);
  const disk = readFileSync(path);
  rmSync(path);
  return disk;
}
