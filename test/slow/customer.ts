/** A tenant who makes and unmakes things as it comes, whatever state they are in. */
import type { ContainerView, ImageView, MappingView, SubnetView, VmView, VpcView } from '@nubo/contracts';
import { RestError, type RestClient } from '../../demo/rest-client';
import type { World } from '../../demo/world';
import type { Chance } from './chance';

interface Noun {
  path: string;
  atMost: number;
}
const NOUNS = {
  vpc: { path: '/iaas/vpcs', atMost: 3 },
  subnet: { path: '/iaas/subnets', atMost: 5 },
  vm: { path: '/iaas/vms', atMost: 3 },
  container: { path: '/iaas/containers', atMost: 3 },
  mapping: { path: '/pat/mappings', atMost: 6 },
} satisfies Record<string, Noun>;

type Resource = { id: string; state: string };
type Instance = VmView | ContainerView;
type InstanceNoun = 'vm' | 'container';
/** It answers at a port, and ends when it is told to. */
const WEB = ['sh', '-c', 'trap exit TERM; mkdir -p /tmp/w; httpd -p 80 -h /tmp/w; while :; do sleep 1; done'];

export class Customer {
  /** How often each answer came, by request and code. */
  readonly answers = new Map<string, number>();
  private made = 0;

  constructor(
    private readonly world: World,
    /** What containers are made from. */
    private readonly archive: ImageView,
    private readonly rest: RestClient,
    private readonly chance: Chance,
  ) {}

  /** Does one thing. A refusal is an answer like another; anything but problem+json and a broken connection is thrown. */
  async act(): Promise<void> {
    const what = this.chance.next();
    if (what < 0.2) return this.make('vm');
    if (what < 0.34) return this.make('container');
    if (what < 0.42) return this.make('subnet');
    if (what < 0.47) return this.make('vpc');
    if (what < 0.62) return this.make('mapping');
    if (what < 0.74) return this.turn(this.instance());
    if (what < 0.88) return this.remove(this.instance());
    if (what < 0.93) return this.remove('mapping');
    return this.remove(what < 0.97 ? 'subnet' : 'vpc');
  }

  private async make(noun: keyof typeof NOUNS): Promise<void> {
    if ((await this.all(noun)).length >= NOUNS[noun].atMost) return;
    const body = await this.bodyOf(noun);
    if (body) await this.ask(`make ${noun}`, this.rest.post(NOUNS[noun].path, body));
  }

  private async bodyOf(noun: keyof typeof NOUNS): Promise<object | undefined> {
    const name = `m-${(this.made += 1)}`;
    if (noun === 'vpc') return { name, region: 'loc1' };
    if (noun === 'subnet') return this.subnet(name);
    if (noun === 'mapping') return this.mapping();
    const subnetId = this.chance.pick(await this.all<SubnetView>('subnet'))?.id;
    const what = noun === 'vm' ? this.vm() : this.container();
    return subnetId === undefined ? undefined : { name, nics: [{ subnetId }], ...what };
  }

  private instance(): InstanceNoun {
    return this.chance.next() < 0.5 ? 'vm' : 'container';
  }

  private async mapping(): Promise<object | undefined> {
    const portId = this.chance.pick(await this.all<Instance>(this.instance()))?.nics[0]?.portId;
    return portId === undefined ? undefined : { portId, targetPort: this.chance.pick([22, 80]) };
  }

  private async subnet(name: string): Promise<object | undefined> {
    const vpcId = this.chance.pick(await this.all<VpcView>('vpc'))?.id;
    const cidr = `10.${Math.floor(this.chance.between(0, 200))}.0.0/24`;
    return vpcId === undefined ? undefined : { vpcId, name, cidr };
  }

  private vm(): object {
    return { imageId: this.world.image.id, memory: 128, sshKeys: [this.world.sshKey.publicKey] };
  }

  private container(): object {
    return { imageId: this.archive.id, memory: 16, command: WEB };
  }

  private async turn(noun: InstanceNoun): Promise<void> {
    const one = this.chance.pick(await this.all<Instance>(noun));
    const state = this.chance.pick(['running', 'stopped']);
    if (one) await this.ask(`turn ${noun}`, this.rest.put(`${NOUNS[noun].path}/${one.id}`, { state }));
  }

  private async remove(noun: keyof typeof NOUNS): Promise<void> {
    const one = this.chance.pick(await this.all(noun));
    if (one) await this.ask(`remove ${noun}`, this.rest.delete(`${NOUNS[noun].path}/${one.id}`));
  }

  private async all<T extends Resource = MappingView>(noun: keyof typeof NOUNS): Promise<T[]> {
    return (await this.ask(`list ${noun}`, this.rest.get<T[]>(NOUNS[noun].path))) ?? [];
  }

  private async ask<T>(request: string, answer: Promise<T>): Promise<T | undefined> {
    try {
      const value = await answer;
      this.count(`${request}: done`);
      return value;
    } catch (error) {
      this.count(`${request}: ${codeOf(error)}`);
      return undefined;
    }
  }

  private count(answer: string): void {
    this.answers.set(answer, (this.answers.get(answer) ?? 0) + 1);
  }
}

/** fetch throws a TypeError when the gateway is away; under jest it is one of another realm. */
function codeOf(error: unknown): string {
  if (error instanceof RestError) return `${error.problem.status} ${error.problem.code}`;
  if ((error as Error).name === 'TypeError') return 'no gateway';
  throw error;
}
