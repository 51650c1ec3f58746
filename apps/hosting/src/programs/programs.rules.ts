/** What a project's program is run with, decided without looking at anything. */
import { createHash } from 'node:crypto';
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
/** Of the reasons that people are told. */
const MAX_REASON = 2_000;

export type Settings = Pick<
  CreateProject,
  'templateVersion' | 'runner' | 'replicas' | 'memory' | 'env' | 'secrets'
>;

/** Whether a request wants a program to be run otherwise. */
export const changesProgram = (input: Settings): boolean =>
  [input.templateVersion, input.replicas, input.memory, input.env, input.secrets].some(
    (wish) => wish !== undefined,
  );

/** The version that a project of the template gets when none is named; null for files. */
export const defaultVersion = (template: Template): string | null =>
  isRunTemplate(template) ? RUN_TEMPLATES[template][0] : null;

/** Throws `invalid` for what cannot be run, and for settings of a program on what is files. */
export function assertRunnable(
  template: Template,
  input: Settings,
  now: Pick<Project, 'env' | 'secrets'>,
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

/** The same release with the same settings gives the same text; the number of replicas is no part of it. */
export function fingerprintOf(
  project: Pick<Project, 'release' | 'templateVersion' | 'memoryMib' | 'env' | 'secrets'>,
): string {
  const { release, templateVersion, memoryMib, env, secrets } = project;
  const sorted = Object.entries({ ...env, ...secrets }).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([release, templateVersion, memoryMib, sorted]);
  return createHash('sha256').update(text).digest('hex');
}

export interface Plan {
  /** Visitors get it. */
  serving?: ProjectRevision;
  /** Is to take over. */
  starting?: ProjectRevision;
  /** What is wanted has failed, and nobody has asked again since. */
  failed?: ProjectRevision;
  /** What is wanted is not there at all: it is to be made. */
  isMissing: boolean;
  /** Nobody wants them any more, and something of them may still be there. */
  leaving: ProjectRevision[];
}

/** What is to be done with the revisions of a project. */
export function planOf(
  project: Pick<Project, 'generation' | 'release' | 'templateVersion' | 'memoryMib' | 'env' | 'secrets'>,
  revisions: ProjectRevision[],
): Plan {
  const wanted = fingerprintOf(project);
  const isWanted = (one: ProjectRevision): boolean => one.fingerprint === wanted;
  const serving = revisions.find(({ state }) => state === 'serving');
  const isServed = serving !== undefined && isWanted(serving);
  const starting = isServed ? undefined : revisions.find((one) => one.state === 'starting' && isWanted(one));
  const failed = isServed
    ? undefined
    : revisions.find(
        (one) => one.state === 'failed' && isWanted(one) && one.generation === project.generation,
      );
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
  { env }: Pick<ProjectRevision, 'env'>,
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
