import { Child, Id, Int, Name, OneOf, Text, TextList, Time } from '../wire/fields';
import { listOperation, RESOURCE_FIELDS } from '../wire/filters';
import { Metadata, type MetadataMap } from '../wire/metadata';
import { operation } from '../wire/operation';
import { pageOf } from '../wire/page-of';
import { ById, Nothing, resourceView } from '../wire/resource';
import { shareOperations } from '../wire/shares';
import { TextMap } from '../wire/text-map';
import {
  AUTO_PUBLISH,
  PROJECT_STATES,
  RUNNER_KINDS,
  TEMPLATES,
  type AutoPublish,
  type RunnerKind,
  type Template,
} from './vocabulary';

const Kept = () => Int(1, 20, { optional: true, description: 'Releases that are kept; default 5.' });
const Publishing = () =>
  OneOf(AUTO_PUBLISH, {
    optional: true,
    description:
      'When what was uploaded is published by itself: after quietSeconds without a write (default), when a file .deploy comes, or never.',
  });
const Quiet = () => Int(1, 3_600, { optional: true, description: 'Default 3.' });

const Version = () =>
  Text({
    optional: true,
    max: 20,
    example: '8.2',
    description: 'Of the template’s language; the platform knows php 8.2, node 18 and python 3.11.',
  });
const Replicas = () =>
  Int(1, 8, { optional: true, description: 'Containers that share the visitors; default 1.' });
const ReplicaMemory = () =>
  Int(32, 8_192, { optional: true, description: 'Of one replica, MiB; default 128.' });

/** Of what RFC 3986 lets a path and a query consist of; without `$`, as Kubernetes fills `$(NAME)` in. */
const HealthPath = (optional: boolean) =>
  Text({
    optional,
    min: 1,
    max: 200,
    pattern: /^\/[\w.~!&'()*+,;=:@%/?-]*$/,
    message: '$property must be a path like /health, with nothing in it that a URL would not hold',
    example: '/health',
    description:
      'What is asked for to learn whether its program answers, before visitors are led to it: any status below 500 is an answer. Default /.',
  });

/** The variables of a project’s program; PORT and what begins with NUBO_ is the platform’s. */
const Variables = (description: string): PropertyDecorator =>
  TextMap({
    name: 'isVariables',
    key: /^(?!PORT$|NUBO_)[A-Za-z_][A-Za-z0-9_]{0,127}$/,
    value: /^[^\0\p{Cs}]*$/u,
    maxKeys: 50,
    maxValue: 8_192,
    message:
      '$property must be at most 50 texts of at most 8192 characters under names like "GREETING", not PORT or NUBO_…',
    description,
    example: { GREETING: 'hello' },
  });
const Env = () => Variables('Variables of its program. All of them: those that are left out are gone.');
const Secrets = () =>
  Variables('Variables that nobody is shown again. All of them: those that are left out are gone.');

export class CreateProject {
  @Name({ description: 'The site’s name in DNS, unique on the platform; it cannot be changed.' })
  name!: string;
  @OneOf(TEMPLATES, { optional: true, description: 'Default static.' }) template?: Template;
  @Version() templateVersion?: string;
  @OneOf(RUNNER_KINDS, {
    optional: true,
    description:
      'What runs its program, of what the operator has set up; it cannot be changed. Default: as the operator says.',
  })
  runner?: RunnerKind;
  @Replicas() replicas?: number;
  @ReplicaMemory() memory?: number;
  @HealthPath(true) healthPath?: string;
  @Env() env?: Record<string, string>;
  @Secrets() secrets?: Record<string, string>;
  @Kept() keepReleases?: number;
  @Publishing() autoPublish?: AutoPublish;
  @Quiet() quietSeconds?: number;
  @Metadata() metadata?: MetadataMap;
}

/** What a program is run with. Another version, memory, health path or variable starts it anew beside the one that serves. */
export class UpdateProject extends ById {
  @Version() templateVersion?: string;
  @Replicas() replicas?: number;
  @ReplicaMemory() memory?: number;
  @HealthPath(true) healthPath?: string;
  @Env() env?: Record<string, string>;
  @Secrets() secrets?: Record<string, string>;
  @Kept() keepReleases?: number;
  @Publishing() autoPublish?: AutoPublish;
  @Quiet() quietSeconds?: number;
  @Metadata() metadata?: MetadataMap | null;
}

/** Where files are uploaded, with the project's password or one of its SSH keys. */
export class SftpView {
  @Text({ max: 254 }) host!: string;
  @Int(1, 65_535) port!: number;
  @Text({ max: 64 }) login!: string;
}

export class ProjectView extends resourceView(PROJECT_STATES) {
  @OneOf(TEMPLATES) template!: Template;
  @Text({ nullable: true, max: 20, description: 'null: it is files.' }) templateVersion!: string | null;
  @OneOf(RUNNER_KINDS, { nullable: true, description: 'What runs its program; null: it is files.' })
  runner!: RunnerKind | null;
  @Int(1, 8) replicas!: number;
  @Int(32, 8_192, { description: 'Of one replica, MiB.' }) memory!: number;
  @HealthPath(false) healthPath!: string;
  @Env() env!: Record<string, string>;
  @TextList(50, 128, { description: 'The names of its secrets.' }) secrets!: string[];
  @Text({ max: 254, description: 'The site’s name in DNS.' }) hostname!: string;
  @Text({ max: 300 }) url!: string;
  @Text({ nullable: true, max: 300, description: 'The same over TLS; null: sites are served without it.' })
  secureUrl!: string | null;
  @Child(() => SftpView) sftp!: SftpView;
  @Int(1, Number.MAX_SAFE_INTEGER, { nullable: true, description: 'The release that is to be served.' })
  release!: number | null;
  @Int(1, Number.MAX_SAFE_INTEGER, { nullable: true, description: 'The release that visitors get.' })
  served!: number | null;
  @Text({ nullable: true, max: 2000, description: 'What publishing by itself waits for.' })
  publishing!: string | null;
  @Int(1, 20) keepReleases!: number;
  @OneOf(AUTO_PUBLISH) autoPublish!: AutoPublish;
  @Int(1, 3_600) quietSeconds!: number;
}

export class CreatedProjectView extends ProjectView {
  @Text({ nullable: true, max: 100, description: 'For SFTP. Shown once: null when the request is repeated.' })
  password!: string | null;
}

export const createProject = operation('hosting.projects.create', CreateProject, CreatedProjectView);
export const listProjects = listOperation('hosting.projects.list', ProjectView, {
  ...RESOURCE_FIELDS,
  template: 'text',
  templateVersion: 'text',
  runner: 'text',
  replicas: 'int',
  memory: 'int',
  release: 'int',
  served: 'int',
  keepReleases: 'int',
  autoPublish: 'text',
  quietSeconds: 'int',
});
export const getProject = operation('hosting.projects.get', ById, ProjectView);
export const updateProject = operation('hosting.projects.update', UpdateProject, ProjectView);
export const deleteProject = operation('hosting.projects.delete', ById, ProjectView);
export const projectShares = shareOperations('hosting.projects');

export class SftpPasswordView {
  @Id() id!: string;
  @Text({ max: 64 }) login!: string;
  @Text({ nullable: true, max: 100, description: 'Shown once: null when the request is repeated.' })
  password!: string | null;
}

/** The one before opens nothing any more; sessions end. */
export const resetSftpPassword = operation('hosting.projects.passwords.create', ById, SftpPasswordView);

export class AddSshKey extends ById {
  @Text({
    min: 20,
    max: 4_000,
    example: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleExampleExampleExampleExampleEx ada',
    description: 'One line, as in authorized_keys and without options.',
  })
  key!: string;
}

export class RemoveSshKey extends ById {
  @Id() keyId!: string;
}

export class SshKeyView {
  @Id() id!: string;
  @Text({ max: 100, description: 'SHA256:…, as ssh-keygen shows it.' }) fingerprint!: string;
  @Text({ max: 40 }) type!: string;
  @Text({ max: 200 }) comment!: string;
  @Time() createdAt!: string;
}

export const addSshKey = operation('hosting.projects.keys.create', AddSshKey, SshKeyView);
export const listSshKeys = operation('hosting.projects.keys.list', ById, pageOf(SshKeyView));
export const removeSshKey = operation('hosting.projects.keys.delete', RemoveSshKey, Nothing);

export const PROJECT_LOGS = ['visits', 'program'] as const;
export type ProjectLog = (typeof PROJECT_LOGS)[number];

export class ReadProjectLog extends ById {
  @OneOf(PROJECT_LOGS, {
    optional: true,
    description: 'Requests of visitors (default), or what its program wrote to standard output and error.',
  })
  log?: ProjectLog;
  @Int(1, 1_000, { optional: true, description: 'How many of the last lines; default 100.' }) lines?: number;
}

export class ProjectLogView {
  @Text({ max: 1_100_000, description: 'A line for each request of a visitor, or what its program wrote.' })
  text!: string;
}

export const readProjectLog = operation('hosting.projects.log', ReadProjectLog, ProjectLogView, {
  timeoutMs: 20_000,
});
