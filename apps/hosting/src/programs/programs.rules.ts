/** What a project's program is run with, decided without looking at anything. */
import { isDeepStrictEqual } from 'node:util';
import {
  invalidFields,
  isRunTemplate,
  RUN_TEMPLATES,
  type CreateProject,
  type Template,
} from '@nubo/contracts';
import type { Project, ProjectRevision } from '../../../../libs/entities/src/hosting';

/** How long a revision may take until all its replicas answer. An image may have to reach a host first. */
export const START_MS = 180_000;
/** execve(2) takes 128 KiB; some of it is the platform's and the image's. */
const MAX_ENVIRONMENT = 65_536;
/** The images' own: where programs are found, and where visitors are led to. */
const OWN_VARIABLES = ['PATH', 'PORT'];
/** Of the reasons that people are told. */
const MAX_REASON = 2_000;

export type Settings = Pick<
  CreateProject,
  'templateVersion' | 'runner' | 'replicas' | 'memory' | 'healthPath' | 'env' | 'secrets'
>;

/** A row with its secrets as they are. */
export type OpenedProject<P = Project> = Omit<P, 'secrets'> & { secrets: Record<string, string> };
/** A row with its variables as they are, secrets among them. */
export type OpenedRevision = Omit<ProjectRevision, 'env'> & { env: Record<string, string> };

/** Whether a request wants a program to be run otherwise. */
export const changesProgram = (input: Settings): boolean =>
  [input.templateVersion, input.replicas, input.memory, input.healthPath, input.env, input.secrets].some(
    (wish) => wish !== undefined,
  );

/** The version that a project of the template gets when none is named; null for files. */
export const defaultVersion = (template: Template): string | null =>
  isRunTemplate(template) ? RUN_TEMPLATES[template][0] : null;

/** Throws `invalid` for what cannot be run, and for settings of a program on what is files. */
export function assertRunnable(
  template: Template,
  input: Settings,
  now: Pick<OpenedProject, 'env' | 'secrets'>,
): void {
  const refuse = (field: string, message: string) => invalidFields([{ field, message }]);
  if (!isRunTemplate(template)) {
    const [field] = Object.entries(input).find(([, wish]) => wish !== undefined) ?? [];
    if (field) throw refuse(field, `is for projects that run a program: a ${template} site is files`);
    return;
  }
  const versions: readonly string[] = RUN_TEMPLATES[template];
  if (input.templateVersion !== undefined && !versions.includes(input.templateVersion))
    throw refuse('templateVersion', `of ${template} must be one of ${versions.join(', ')}`);
  const own = (['env', 'secrets'] as const).flatMap((field) =>
    OWN_VARIABLES.filter((name) => name in (input[field] ?? {})).map((name) => ({
      field: `${field}.${name}`,
      message: 'is set by the platform',
    })),
  );
  if (own.length > 0) throw invalidFields(own);
  const { env = now.env, secrets = now.secrets } = input;
  const twice = Object.keys(secrets).find((name) => name in env);
  if (twice) throw refuse('secrets', `must not name ${twice}, which is a variable already`);
  const size = Object.entries({ ...env, ...secrets }).reduce(
    (sum, [name, value]) => sum + name.length + Buffer.byteLength(value),
    0,
  );
  if (size > MAX_ENVIRONMENT)
    throw refuse('env', `must not be longer than ${MAX_ENVIRONMENT} bytes, secrets included`);
}

type Wanted = Pick<
  OpenedProject,
  'release' | 'templateVersion' | 'memoryMib' | 'healthPath' | 'env' | 'secrets'
>;

/** The release with the settings that the project has now; the number of replicas is no part of it. */
export function isWanted(revision: OpenedRevision, project: Wanted): boolean {
  const { release, templateVersion, memoryMib, healthPath, env, secrets } = project;
  const now = { release, templateVersion, memoryMib, healthPath, env: { ...env, ...secrets } };
  const then = {
    ...{ release: revision.release, templateVersion: revision.templateVersion },
    ...{ memoryMib: revision.memoryMib, healthPath: revision.healthPath, env: revision.env },
  };
  return isDeepStrictEqual(now, then);
}

export interface Plan {
  /** Visitors get it. */
  serving?: OpenedRevision;
  /** Is to take over. */
  starting?: OpenedRevision;
  /** What is wanted has failed, and nobody has asked again since. */
  failed?: OpenedRevision;
  /** What is wanted is not there at all: it is to be made. */
  isMissing: boolean;
  /** Nobody wants them any more, and something of them may still be there. */
  leaving: OpenedRevision[];
}

/** What is to be done with the revisions of a project. */
export function planOf(project: Wanted & Pick<Project, 'generation'>, revisions: OpenedRevision[]): Plan {
  const wanted = revisions.filter((one) => isWanted(one, project));
  const serving = revisions.find(({ state }) => state === 'serving');
  const isServed = serving !== undefined && wanted.includes(serving);
  const starting = isServed ? undefined : wanted.find(({ state }) => state === 'starting');
  const failed = isServed
    ? undefined
    : wanted.find(({ state, generation }) => state === 'failed' && generation === project.generation);
  const staying = [serving, starting].filter((one) => one !== undefined);
  const leaving = revisions.filter((one) => !staying.includes(one) && !one.discarded);
  return { serving, starting, failed, leaving, isMissing: !isServed && !starting && !failed };
}

/** What a person reads when a revision did not come up. */
export function failureText(
  release: number,
  { reason, served, output }: { reason: string; served: number | null; output: string },
): string {
  const still =
    served === null
      ? ''
      : served === release
        ? ' It is still served as it was.'
        : ` Release ${served} is still served.`;
  const head = `Release ${release} did not start: ${reason}.${still}`;
  const room = MAX_REASON - head.length - 30;
  const lines = output.trimEnd().slice(-room);
  return (lines ? `${head} It wrote:\n${lines}` : head).slice(0, MAX_REASON);
}

/** The variables of a revision that people are shown are those that the project has now; all others count as secrets. */
export const secretsOf = (
  { env }: Pick<OpenedRevision, 'env'>,
  project: Pick<Project, 'env'>,
): Record<string, string> =>
  Object.fromEntries(Object.entries(env).filter(([name, value]) => project.env[name] !== value));

/** Shorter ones are found in ordinary text. */
const MIN_SECRET = 6;

/** The text without the values of these variables. */
export function withoutSecrets(text: string, secrets: Readonly<Record<string, string>>): string {
  return Object.values(secrets)
    .filter((value) => value.length >= MIN_SECRET)
    .sort((a, b) => b.length - a.length)
    .reduce((rest, value) => rest.replaceAll(value, '•••'), text);
}
