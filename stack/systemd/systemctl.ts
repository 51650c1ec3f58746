import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** What systemd itself documents as the sign that it runs this machine (sd_booted). */
export const systemdRuns = (): boolean => existsSync('/run/systemd/system');

export const firstProcess = (): string => readFileSync('/proc/1/comm', 'utf8').trim();

/** Debian 12's where there is none. */
export function systemdVersion(): number {
  try {
    const text = execFileSync('systemctl', ['--version'], { encoding: 'utf8' });
    return Number(/^systemd (\d+)/.exec(text)?.[1] ?? 252);
  } catch {
    return 252;
  }
}

/** Throws with what systemctl said. */
export function systemctl(...args: string[]): string {
  try {
    return execFileSync('systemctl', ['--no-ask-password', ...args], { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new Error(`systemctl ${args.join(' ')}: ${stderr?.trim() || (error as Error).message}`, {
      cause: error,
    });
  }
}

/** `active`, `failed`, `activating`, …; `is-active` fails for all but the first. */
export function stateOf(unit: string): string {
  return systemctl('show', '--property=ActiveState', '--value', unit).trim();
}
