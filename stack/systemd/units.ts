/** systemd's units, written from the processes that `npm start` starts. */
import { join } from 'node:path';
import { type ProcessSpec } from '../child';
import { projectRoot } from '../files';
import {
  environmentFileOf,
  type InstallPlace,
  recordFile,
  RENEWAL_TIMER,
  TARGET,
  unitOf,
} from './install-place';
import { execWord, environmentFile } from './quoting';
import { renewalSandbox, resources, sandbox } from './sandbox';
import { userOf } from './users';

/** A process, and the parts that come before it. */
export interface Part {
  readonly spec: ProcessSpec;
  readonly after: readonly string[];
  /** Runs once, to its end. */
  readonly once?: boolean;
  /** Without this part's success it is not started. */
  readonly requires?: string;
}

export interface UnitContext {
  readonly place: InstallPlace;
  /** systemd's version: 254 and later lengthen the pause between restarts. */
  readonly version: number;
}

/** What a user's PATH holds does not reach a service. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const HEAD =
  '# Written by nubo-install, and replaced by the next one. Your own settings: systemctl edit UNIT\n';
/** A part that dies at every start is given up after about eight minutes. */
const LIMIT_SECONDS = 600;

export function unitText(part: Part, context: UnitContext): string {
  const { spec } = part;
  return [
    HEAD,
    section('Unit', unitSection(part, context)),
    section('Service', [
      ...(part.once ? ONCE : lifeOf(spec, context)),
      ...execution(part, context.place),
      '',
      ...sandbox({
        part: spec.name,
        once: part.once,
        dataDir: context.place.data,
        configDir: context.place.config,
        paths: [spec.command, ...spec.args, projectRoot()],
      }),
      ...resources(spec.name),
    ]),
  ].join('\n');
}

export function targetText(parts: readonly Part[]): string {
  const units = [...parts.map(({ spec }) => unitOf(spec.name)), RENEWAL_TIMER].join(' ');
  return [
    HEAD,
    section('Unit', ['Description=Nubo, all parts', `Wants=${units}`, 'After=network.target']),
    section('Install', ['WantedBy=multi-user.target']),
  ].join('\n');
}

/** The environment of a part; secrets that are files are named where systemd puts them for this part alone. */
export function environmentText({ spec }: Part, { data }: InstallPlace): string {
  const files = Object.fromEntries(
    secretFiles(spec, data).map(([name]) => [name, `/run/credentials/${unitOf(spec.name)}/${name}`]),
  );
  return environmentFile({ ...spec.env, ...files, PATH: SYSTEM_PATH });
}

/** Variables that name the file of a secret; what lies in the part's own folder it can read anyway. */
function secretFiles({ name, env = {} }: ProcessSpec, dataDir: string): [string, string][] {
  const own = join(dataDir, name, '/');
  return Object.entries(env).filter(
    ([variable, path]) => variable.endsWith('_FILE') && path.startsWith('/') && !path.startsWith(own),
  );
}

/**
 * Wants, not Requires, between parts: systemd restarts what requires a unit along with it, and services outlive a restart
 * of Postgres and of the bus.
 */
function unitSection({ spec, after, requires }: Part, { place, version }: UnitContext): string[] {
  const before = after.map(unitOf).join(' ');
  return [
    `Description=Nubo: ${spec.name}`,
    `PartOf=${TARGET}`,
    ...(before ? [`Wants=${before}`, `After=network.target ${before}`] : ['After=network.target']),
    ...(requires ? [`Requires=${unitOf(requires)}`] : []),
    `RequiresMountsFor=${place.data} ${place.logs}`,
    `StartLimitIntervalSec=${LIMIT_SECONDS}`,
    `StartLimitBurst=${hasBackOff(version) ? 20 : 80}`,
  ];
}

const hasBackOff = (version: number): boolean => version >= 254;
/** It waits for the database itself, however long that takes. */
const ONCE = ['Type=oneshot', 'RemainAfterExit=yes', 'TimeoutStartSec=infinity'];

function lifeOf({ name, stopSignal, stopTimeoutMs }: ProcessSpec, { version }: UnitContext): string[] {
  return [
    'Type=exec',
    'Restart=always',
    ...(hasBackOff(version)
      ? ['RestartSec=1', 'RestartSteps=8', 'RestartMaxDelaySec=30']
      : ['# RestartSteps comes with systemd 254.', 'RestartSec=5']),
    'TimeoutStartSec=120',
    `TimeoutStopSec=${(stopTimeoutMs ?? 10_000) / 1000}`,
    `KillSignal=${stopSignal ?? 'SIGTERM'}`,
    'KillMode=mixed',
    ...(name === 'nats' ? ['# nats-server 2.9 ends with 1 when it is asked to.', 'SuccessExitStatus=1'] : []),
  ];
}

/** As root (+) each part's folder and configuration are made before a start, and its health is asked for after it. */
function execution({ spec, once }: Part, place: InstallPlace): string[] {
  const step = (action: string, ...args: string[]): string =>
    [ownCommand(place, action, spec.name), ...args].join(' ');
  return [
    `User=${userOf(spec.name)}`,
    // Its own folder (-) is made by the first step.
    `WorkingDirectory=-${spec.cwd ?? '/'}`,
    `EnvironmentFile=${environmentFileOf(place, spec.name)}`,
    ...secretFiles(spec, place.data).map(([name, path]) => `LoadCredential=${name}:${path}`),
    ...(once ? [] : [`ExecStartPre=+${step('prepare')}`]),
    `ExecStart=${[spec.command, ...spec.args].map(execWord).join(' ')}`,
    ...(once ? [] : [`ExecStartPost=+${step('ready', '--pid', '$MAINPID')}`]),
    `StandardOutput=append:${spec.log}`,
    'StandardError=inherit',
  ];
}

function ownCommand(place: InstallPlace, ...args: string[]): string {
  const self = [process.execPath, join(projectRoot(), 'dist', 'stack', 'cli.js')];
  return [...self, 'part', ...args, '--record', recordFile(place)].map(execWord).join(' ');
}

/** What `npm start` does every hour: certificates that are about to end are issued anew, by root, who has the key. */
export function renewalText(place: InstallPlace): string {
  return [
    HEAD,
    section('Unit', [
      'Description=Nubo: certificates',
      `PartOf=${TARGET}`,
      `RequiresMountsFor=${place.data}`,
    ]),
    section('Service', [
      'Type=oneshot',
      `ExecStart=${ownCommand(place, 'renew')}`,
      `StandardOutput=append:${join(place.logs, 'certificates.log')}`,
      'StandardError=inherit',
      '',
      ...renewalSandbox(place.data, [process.execPath, projectRoot()]),
    ]),
  ].join('\n');
}

export function renewalTimerText(): string {
  return [
    HEAD,
    section('Unit', ['Description=Nubo: certificates, every hour', `PartOf=${TARGET}`]),
    section('Timer', ['OnActiveSec=1h', 'OnUnitActiveSec=1h']),
  ].join('\n');
}

const section = (name: string, lines: readonly string[]): string => `[${name}]\n${lines.join('\n')}\n`;
