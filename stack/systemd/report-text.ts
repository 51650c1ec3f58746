/** What an installation or a removal did, and what comes next, for people. */
import { type InstallReport } from './install';
import { TARGET } from './install-place';
import { firstProcess, systemdRuns } from './systemctl';
import { type UninstallReport } from './uninstall';

interface Asked {
  readonly prefix?: string;
  readonly dryRun?: boolean;
  readonly start: boolean;
}

export function installText(report: InstallReport, asked: Asked): string {
  if (asked.dryRun) return dryRunText(report);
  const count = (wanted: string): number => report.files.filter(({ action }) => action === wanted).length;
  const lines = [
    `${count('write')} files written, ${count('replace')} replaced, ${count('keep')} as they were, ${report.removed.length} removed.`,
    ...(report.users.length ? [`Users made: ${report.users.join(' ')}`] : []),
    ...(report.states ? stateLines(report.states, report) : nextLines(asked)),
  ];
  return lines.join('\n');
}

function dryRunText({ files, removed, users }: InstallReport): string {
  const changing = files.filter(({ action }) => action !== 'keep');
  const show = ({ path, content, mode, secret, action }: (typeof files)[number]): string =>
    [
      `# would ${action} ${path} (mode ${mode.toString(8)})`,
      secret ? content.replace(/^(\w+)="(?:[^"\\]|\\[^])*"$/gm, '$1=…').trimEnd() : content.trimEnd(),
      '',
    ].join('\n');
  return [
    ...changing.map(show),
    ...removed.map((path) => `# would remove ${path}`),
    ...(users.length ? [`# would make the users ${users.join(' ')}`] : []),
    changing.length + removed.length ? '# Nothing was written.' : '# Everything is as it would be written.',
  ].join('\n');
}

function stateLines(states: Readonly<Record<string, string>>, { gatewayUrl }: InstallReport): string[] {
  const down = Object.entries(states).filter(([, state]) => state !== 'active');
  if (down.length === 0)
    return [
      `Nubo runs, and starts with the machine: ${gatewayUrl}/docs`,
      `  systemctl status ${TARGET} 'nubo-*'`,
    ];
  return down.flatMap(([unit, state]) => [
    `${unit} is ${state}. Look why:`,
    `  systemctl status ${unit}; tail /var/log/nubo/${unit.slice('nubo-'.length, -'.service'.length)}.log`,
  ]);
}

function nextLines({ prefix, start }: Asked): string[] {
  const steps = [`systemctl daemon-reload`, `systemctl enable --now ${TARGET}`];
  if (prefix)
    return [
      'Nothing was started: the units say paths below the prefix, and users are made by systemd-sysusers.',
    ];
  const why = start
    ? `systemd does not run on this machine (its first process is ${firstProcess()})`
    : 'as you wished';
  const where = systemdRuns() ? 'Next' : 'Where systemd runs';
  return [`Nothing was started: ${why}. ${where}:`, ...steps.map((step) => `  ${step}`)];
}

export function uninstallText({ removed, changed, kept }: UninstallReport, settings: string): string {
  return [
    `${removed.length} files removed.`,
    ...(changed.length ? [`Not as they had been written: ${changed.join(' ')}`] : []),
    ...(kept.length ? [`Left: ${kept.join(' ')}`] : []),
    ...(kept.includes(settings)
      ? ['Install again and everything is as it was; with --purge it is gone.']
      : []),
  ].join('\n');
}
