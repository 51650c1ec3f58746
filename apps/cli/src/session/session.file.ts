import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { failed, type CliError } from '../errors';
import type { Runtime } from '../runtime';
import { isSession, type Session } from './session';

const OTHERS = 0o077;

/** The folder of the session and the history: made with mode 700. */
export function folderOf({ env, home }: Pick<Runtime, 'env' | 'home'>): string {
  return join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'nubo');
}

/** `$NUBO_SESSION`, else `session.json` in the folder. */
export function sessionPath(runtime: Pick<Runtime, 'env' | 'home'>): string {
  return runtime.env['NUBO_SESSION'] || join(folderOf(runtime), 'session.json');
}

/** The session on the disk: whoever reads it is logged in, so nobody else may. */
export class SessionFile {
  constructor(readonly path: string) {}

  /** Undefined when there is none. Throws when others can read it, or when it is damaged. */
  read(): Session | undefined {
    const text = this.text();
    if (text === undefined) return undefined;
    const session = parsed(text);
    if (isSession(session)) return session;
    throw failed(`The session file ${this.path} is damaged.`, { hint: 'Log in again: nubo login <email>' });
  }

  /** Whole or not at all, also when two write at once. */
  write(session: Session): void {
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
    const draft = `${this.path}.${randomBytes(6).toString('hex')}`;
    try {
      const file = openSync(draft, 'wx', 0o600);
      writeFileSync(file, `${JSON.stringify(session, undefined, 2)}\n`);
      fsyncSync(file);
      closeSync(file);
      renameSync(draft, this.path);
    } catch (error) {
      rmSync(draft, { force: true });
      throw failed(`The session cannot be kept in ${this.path} (${(error as Error).message}).`, {
        cause: error,
      });
    }
  }

  remove(): void {
    rmSync(this.path, { force: true });
  }

  /** Looked at and read through one descriptor: it cannot be exchanged in between. */
  private text(): string | undefined {
    const file = this.open();
    if (file === undefined) return undefined;
    try {
      if ((fstatSync(file).mode & OTHERS) !== 0) throw this.exposed();
      return readFileSync(file, 'utf8');
    } finally {
      closeSync(file);
    }
  }

  private open(): number | undefined {
    try {
      return openSync(this.path, 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw failed(`The session file cannot be read (${(error as Error).message}).`, { cause: error });
    }
  }

  private exposed(): CliError {
    return failed(`Others can read the session file ${this.path}.`, {
      hint: `Log out everywhere, or if nobody has read it: chmod 600 ${this.path}`,
    });
  }
}

/** Makes a folder that only its owner may enter; takes others' rights away when it is there. */
export function privateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chmodSync(path, 0o700);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
