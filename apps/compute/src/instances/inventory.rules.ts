/** What the platform believes of an instance on a host. */
export interface BelievedInstance {
  id: string;
  state: string;
}

export interface SeenInstance {
  instanceId: string;
  state: { is: 'missing' | 'running' | 'off'; stuck?: boolean };
}

/** Instances that are at rest and not as they were believed to be. Those in transition have work of their own. */
export function differing(believed: BelievedInstance[], seen: SeenInstance[]): string[] {
  const byId = new Map(seen.map(({ instanceId, state }) => [instanceId, state]));
  const differs = ({ id, state }: BelievedInstance): boolean => {
    const { is, stuck = false }: SeenInstance['state'] = byId.get(id) ?? { is: 'missing' };
    return (state === 'running' && (is !== 'running' || stuck)) || (state === 'stopped' && is === 'running');
  };
  return believed.filter(differs).map(({ id }) => id);
}

/** What lies on the host and belongs to nothing. `known` must have been read after `seen`: rows come first. */
export function strangers(seen: SeenInstance[], known: ReadonlySet<string>): string[] {
  return seen.map(({ instanceId }) => instanceId).filter((id) => !known.has(id));
}
