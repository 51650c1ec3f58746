import { Children, Flag, Id, Int, Name, OneOf, Text, TextList, Time } from '../wire/fields';
import { listOperation, RESOURCE_FIELDS } from '../wire/filters';
import { event } from '../wire/event';
import { ManagedBy, type Manager } from '../wire/managed';
import { Metadata, type MetadataMap } from '../wire/metadata';
import { operation } from '../wire/operation';
import { pageOf } from '../wire/page-of';
import { ById, ByIds, Nothing, resourceView } from '../wire/resource';
import { shareOperations } from '../wire/shares';
import { TextMap } from '../wire/text-map';
import { ConsoleView, ReadConsole, VmNic, VmNicView } from './vms.contract';

export const CONTAINER_STATES = [
  'creating',
  'running',
  'starting',
  'stopping',
  'stopped',
  'error',
  'deleting',
] as const;
export type ContainerState = (typeof CONTAINER_STATES)[number];
export const RESTART_POLICIES = ['always', 'on-failure', 'never'] as const;
export type RestartPolicy = (typeof RESTART_POLICIES)[number];

const MAX_VARIABLES = 100;
const MAX_VARIABLE = 32_768;

/** Variables of a container’s programs. Nobody is shown them again: they hold secrets. */
export const Environment = (): PropertyDecorator =>
  TextMap({
    name: 'isEnvironment',
    key: /^[A-Za-z_][A-Za-z0-9_]{0,127}$/,
    // NUL ends a variable; a half surrogate pair is no text.
    value: /^[^\0\p{Cs}]*$/u,
    maxKeys: MAX_VARIABLES,
    maxValue: MAX_VARIABLE,
    message: `$property must be at most ${MAX_VARIABLES} texts of at most ${MAX_VARIABLE} characters under names like "PORT"`,
    description: 'Variables; nobody is shown them again.',
    example: { PORT: '8080' },
  });

/** What a container is limited to. */
const Memory = (more: { optional?: boolean } = {}): PropertyDecorator =>
  Int(4, 1_048_576, { ...more, description: `MiB, swap included${more.optional ? '; default 64' : ''}.` });
const Cpu = (more: { optional?: boolean } = {}): PropertyDecorator =>
  Int(5, 6_400, { ...more, description: `Percent of one CPU${more.optional ? '; default 100' : ''}.` });
const Pids = (more: { optional?: boolean } = {}): PropertyDecorator =>
  Int(10, 4_096, {
    ...more,
    description: `Processes and threads at once${more.optional ? '; default 256' : ''}.`,
  });
const Command = (): PropertyDecorator =>
  TextList(100, 4_096, { optional: true, description: 'What runs in it; default: what the image says.' });

export class CreateContainer {
  @Name({ optional: true, description: 'Default: made from the image’s name.' }) name?: string;
  @Id({ description: 'An image of kind container.' }) imageId!: string;
  @Children(() => VmNic, 1, {
    optional: true,
    description: 'Default: one on your default network, which is made when there is none.',
  })
  nics?: VmNic[];
  @Command() command?: string[];
  @Environment() env?: Record<string, string>;
  @Memory({ optional: true }) memory?: number;
  @Cpu({ optional: true }) cpu?: number;
  @Pids({ optional: true }) pids?: number;
  @OneOf(RESTART_POLICIES, {
    optional: true,
    description: 'When it is started again after it has ended by itself; default always.',
  })
  restart?: RestartPolicy;
  @Name({ optional: true, description: 'Where the host shall be; default: anywhere.' }) location?: string;
  @Flag({ optional: true, description: 'Nothing can be written besides /tmp and /run, which are memory.' })
  readOnly?: boolean;
  @Metadata() metadata?: MetadataMap;
}

export class UpdateContainer extends ById {
  @Name({
    optional: true,
    description: 'What the platform calls it; inside it keeps the host name that it was made with.',
  })
  name?: string;
  @OneOf(['running', 'stopped'], { optional: true }) state?: 'running' | 'stopped';
  @Metadata() metadata?: MetadataMap | null;
}

export class ContainerView extends resourceView(CONTAINER_STATES) {
  @Id() imageId!: string;
  @Id({ nullable: true }) hostId!: string | null;
  @Name() location!: string;
  @Memory() memory!: number;
  @Cpu() cpu!: number;
  @Pids() pids!: number;
  @OneOf(RESTART_POLICIES) restart!: RestartPolicy;
  @Int(0, Number.MAX_SAFE_INTEGER, {
    description: 'How often it was started again in a row; 0 once it ran for a while.',
  })
  restarts!: number;
  @Int(-1, 255, { nullable: true, description: 'How it ended last; null: it has not yet.' })
  exitCode!: number | null;
  @Children(() => VmNicView, 1) nics!: VmNicView[];
  @ManagedBy({ nullable: true }) managedBy!: Manager | null;
  @Time({ nullable: true, description: 'When it was last started.' }) startedAt!: string | null;
}

/** The id is minted by the caller: repeating it makes one container. Whoever it names pays for it, and may use it. */
export class EnsureContainer {
  @Id() id!: string;
  @Id({ nullable: true }) tenantId!: string | null;
  @Id({ description: 'Whose quota pays.' }) userId!: string;
  @ManagedBy() managedBy!: Manager;
  @Name() name!: string;
  @Name({ optional: true, description: 'Either the name of a platform image,' }) platformImage?: string;
  @Id({ optional: true, description: 'or an image.' }) imageId?: string;
  @Command() command?: string[];
  @Environment() env?: Record<string, string>;
  @Memory() memory!: number;
  @Cpu() cpu!: number;
  @Pids() pids!: number;
  @Name() location!: string;
  @Id({ optional: true, description: 'That very host.' }) hostId?: string;
  @Children(() => VmNic, 1) nics!: VmNic[];
  @Flag({ optional: true, description: 'Nothing can be written besides /tmp and /run.' }) readOnly?: boolean;
  @Text({
    optional: true,
    pattern: /^[0-9a-f-]{36}\/[0-9a-f-]{36}$/,
    max: 73,
    description:
      'A folder that the platform lays on the host of the container, below CONTENT_ROOT: read-only at /site. It is waited for.',
  })
  content?: string;
  @Metadata() metadata?: MetadataMap;
}

/** Where contents of containers lie on hosts. No person can name a folder of a host. */
export const CONTENT_ROOT = '/var/lib/nubo/sites';
/** Where they are seen inside. */
export const CONTENT_PATH = '/site';

export interface ContainerEvent {
  containerId: string;
  tenantId: string | null;
  managedBy: Manager | null;
  state: 'running' | 'stopped' | 'error' | 'deleted';
}

export const createContainer = operation('compute.containers.create', CreateContainer, ContainerView);
export const listContainers = listOperation('compute.containers.list', ContainerView, {
  ...RESOURCE_FIELDS,
  imageId: 'uuid',
  hostId: 'uuid',
  location: 'text',
  memory: 'int',
  cpu: 'int',
  pids: 'int',
  restart: 'text',
  restarts: 'int',
  exitCode: 'int',
  managedBy: 'text',
  startedAt: 'time',
  'nics.portId': 'texts',
  'nics.subnetId': 'texts',
  'nics.ip': 'texts',
});
export const getContainer = operation('compute.containers.get', ById, ContainerView);
export const updateContainer = operation('compute.containers.update', UpdateContainer, ContainerView);
export const deleteContainer = operation('compute.containers.delete', ById, ContainerView);
/** What was written in it to standard output and error. */
export const readContainerLogs = operation('compute.containers.logs', ReadConsole, ConsoleView, {
  timeoutMs: 15_000,
});
/** The same for the service that keeps it. */
export const tailContainer = operation('compute.containers.tail', ReadConsole, ConsoleView, {
  permission: 'service',
  timeoutMs: 15_000,
});
export const containerShares = shareOperations('compute.containers');

export const ensureContainer = operation('compute.containers.ensure', EnsureContainer, ContainerView, {
  permission: 'service',
});
/** Those of the ids that there are (still). */
export const findContainers = operation('compute.containers.find', ByIds, pageOf(ContainerView), {
  permission: 'service',
});
/** Harmless when it is gone already; it is until `find` does not know it any more. */
export const discardContainer = operation('compute.containers.discard', ById, Nothing, {
  permission: 'service',
});

/** A container runs, has stopped, has failed or is gone. */
export const containerChanged = event<ContainerEvent>('compute.container.changed', 'cdn', 'hosting');
