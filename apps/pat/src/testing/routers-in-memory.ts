import { RouterNatDriver, type RouterPlace } from '../router-nat/router-nat.driver';
import type { Forward, NatState } from '../router-nat/router-nat.rules';

const NETWORKS = /set networks \{[^}]*elements = \{ ([^}]*) \}/;
const WHOLE_MAP = /map forwards \{[^}]*elements = \{ ([^}]*) \}/;

/** Router namespaces in memory that understand the documents of the plan. */
export class RoutersInMemory extends RouterNatDriver {
  readonly tables = new Map<string, NatState>();
  readonly log: string[] = [];
  /** Thrown by the next calls. */
  failure?: Error;

  async read({ namespace }: RouterPlace): Promise<NatState | null> {
    this.fail();
    return this.tables.get(namespace) ?? null;
  }

  async apply({ namespace }: RouterPlace, document: string): Promise<void> {
    this.fail();
    this.log.push('map');
    if (/^delete table/.test(document)) this.tables.delete(namespace);
    else if (document.startsWith('add table')) this.tables.set(namespace, whole(document));
    else this.tables.set(namespace, changed(this.tables.get(namespace), document));
  }

  async endFlows(_: RouterPlace, flows: Forward[]): Promise<void> {
    this.log.push(`flows ${flows.map((flow) => flow.externalPort).join()}`);
  }

  private fail(): void {
    if (this.failure) throw this.failure;
  }
}

const whole = (document: string): NatState => ({
  forwards: elements(WHOLE_MAP.exec(document)?.[1]).map(parsed),
  networks: elements(NETWORKS.exec(document)?.[1]),
});

function changed(state: NatState | undefined, document: string): NatState {
  const gone = elements(/delete element ip nubo_pat forwards \{ (.*) \}/.exec(document)?.[1]).map((text) =>
    Number(text.split(' . ')[2]),
  );
  const added = elements(/add element ip nubo_pat forwards \{ (.*) \}/.exec(document)?.[1]).map(parsed);
  const kept = (state?.forwards ?? []).filter((forward) => !gone.includes(forward.externalPort));
  return { forwards: [...kept, ...added], networks: state?.networks ?? [] };
}

const elements = (text = ''): string[] => text.split(', ').filter(Boolean);

function parsed(text: string): Forward {
  const [key, value] = text.split(' : ');
  const [externalIp, protocol, externalPort] = key.split(' . ');
  const [targetIp, targetPort] = value.split(' . ');
  return {
    externalIp,
    protocol: protocol as Forward['protocol'],
    externalPort: Number(externalPort),
    targetIp,
    targetPort: Number(targetPort),
  };
}
