/** A little machine with a systemd of its own: this machine's programs, nothing of its services. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { projectRoot, removeFolder } from '../../files';
import { waitWhile } from '../../wait';

const BOOT_TIMEOUT_MS = 30_000;
const NAMESPACES = ['--pid', '--mount', '--net', '--uts', '--ipc', '--cgroup'];

export interface Said {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class SystemdMachine {
  private readonly work = mkdtempSync('/var/tmp/nubo-systemd-');
  /** systemd's cgroups are made below ours, in every hierarchy that it may take. */
  private readonly cgroups = ['systemd', 'unified', '.']
    .map((hierarchy) => join('/sys/fs/cgroup', hierarchy))
    .filter((folder) => existsSync(join(folder, 'cgroup.procs')))
    .map((folder) => join(folder, `nubo-systemd-${process.pid}`));
  private outside?: ChildProcess;
  private first = 0;

  /** Resolves when systemd answers. Throws with what the boot said. */
  async boot(): Promise<void> {
    writeFileSync(join(this.work, 'console'), '');
    this.cgroups.forEach((folder) => mkdirSync(folder, { recursive: true }));
    const enter = this.cgroups.map((folder) => `echo $$ >'${folder}/cgroup.procs'`).join('; ');
    const script = join(projectRoot(), 'stack/systemd/testing/boot.sh');
    const boot = ['unshare', ...NAMESPACES, '--fork', '--kill-child', script, this.work, projectRoot()];
    const command = `${enter}; exec "$@"`;
    const child = spawn('sh', ['-c', command, 'sh', ...boot, process.execPath], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.outside = child;
    let said = '';
    [child.stdout, child.stderr].forEach((stream) =>
      stream.on('data', (text: Buffer) => (said += text.toString())),
    );
    const answer = await waitWhile(() => this.notBooted(child.pid ?? 0), {
      timeoutMs: BOOT_TIMEOUT_MS,
      everyMs: 100,
    });
    if (answer) throw new Error(`the machine does not come up: ${answer}\n${said}${this.console()}`);
  }

  /** Runs a program on the machine, as root. */
  run(...command: string[]): Said {
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
    const options = { encoding: 'utf8', env, timeout: 240_000 } as const;
    return spawnSync('nsenter', ['-t', String(this.first), '-a', '--', ...command], options);
  }

  /** As a power cut ends it. Safe to repeat. */
  async powerOff(): Promise<void> {
    const child = this.outside;
    this.outside = undefined;
    if (!child) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;
    await waitWhile(() => (existsSync(`/proc/${this.first}`) ? 'it ends' : undefined), { timeoutMs: 10_000 });
  }

  async remove(): Promise<void> {
    await this.powerOff();
    for (const folder of this.cgroups) await removeCgroup(folder);
    removeFolder(this.work);
  }

  private notBooted(outside: number): string | undefined {
    const children = readFileSync(`/proc/${outside}/task/${outside}/children`, 'utf8').trim();
    if (!children) return 'no first process';
    this.first = Number(children.split(' ')[0]);
    const { stdout, stderr } = this.run('systemctl', 'is-active', 'basic.target');
    return stdout.trim() === 'active' ? undefined : `${stdout}${stderr}`;
  }

  private console(): string {
    return execFileSync('tail', ['-n', '20', join(this.work, 'console')], { encoding: 'utf8' });
  }
}

/** The kernel lets go of a cgroup a moment after its last process. */
async function removeCgroup(folder: string): Promise<void> {
  const busy = (): string | undefined => {
    try {
      const inner = readdirSync(folder, { recursive: true, withFileTypes: true });
      const folders = inner
        .filter((entry) => entry.isDirectory())
        .map((entry) => join(entry.parentPath, entry.name));
      [...folders.sort().reverse(), folder].forEach((path) => rmdirSync(path));
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };
  await waitWhile(busy, { timeoutMs: 10_000, everyMs: 100 });
}
