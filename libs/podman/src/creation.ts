import { PodmanError } from './errors';
import { specBody } from './spec';
import { type ContainerDetail, type ContainerSpec } from './types';

/** What making a container needs of podman. */
export interface Workshop {
  spec: ContainerSpec;
  create: (body: object) => Promise<string>;
  existing: () => Promise<ContainerDetail | undefined>;
  removeHalfMade: () => Promise<void>;
  pause: (ms: number) => Promise<void>;
}

/**
 * Podman takes the name first and writes the container into its books a little later (0.1 s): somebody else's request
 * that is still at work must not be taken for one that died.
 */
const LOOK_EVERY_MS = 100;
const LOOKS = 30;

const isTaken = (error: unknown): boolean => error instanceof PodmanError && error.kind === 'conflict';

async function booked({ existing, pause }: Workshop): Promise<ContainerDetail | undefined> {
  for (let look = 1; look <= LOOKS; look += 1) {
    const found = await existing();
    if (found) return found;
    await pause(LOOK_EVERY_MS);
  }
  return undefined;
}

const isOurs = ({ labels }: ContainerDetail, spec: ContainerSpec): boolean =>
  Object.entries(spec.labels ?? {}).every(([key, value]) => labels[key] === value);

/** The id of the container of this spec, made if it is not there. */
export async function ensureContainer(workshop: Workshop): Promise<string> {
  const { spec, create, removeHalfMade } = workshop;
  const body = specBody(spec);
  try {
    return await create(body);
  } catch (error) {
    if (!isTaken(error)) throw error;
    const found = await booked(workshop);
    if (found && isOurs(found, spec)) return found.id;
    if (found) throw error;
    await removeHalfMade();
    return create(body);
  }
}
