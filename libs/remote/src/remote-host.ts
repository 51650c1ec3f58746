import { Readable, type Duplex, type Writable } from 'node:stream';
import {
  CommandBroken,
  collect,
  type CommandInput,
  type CommandResult,
  type CommandTally,
} from './command-run';
import { type Connection } from './connection';
import { Deadline, unless } from './deadline';
import { Gate } from './gate';
import { HostLink } from './host-link';
import {
  FENCE_EXIT,
  FENCE_REFUSED,
  fencedScript,
  forgetScript,
  plainScript,
  remoteLine,
} from './host-script';
import { RemoteError, type RemoteErrorDetail, type RemoteErrorKind } from './remote-error';
import { type ShellCommand, sh } from './shell';
import { nameOf, type CommandRecord, type HostSettings, type HostTarget } from './settings';

export interface ExecOptions {
  /** What the command reads; nothing by default. Documents and secrets go here, never into the command. */
  stdin?: CommandInput;
  /** From the call to the command's end, everything included; default 30,000. */
  timeoutMs?: number;
  signal?: AbortSignal;
  /** Takes what the command says on stdout, at its own pace; `stdout` of the result is empty then. It is ended with it. */
  stdout?: Writable;
  /** Most bytes of stdout and stderr together; default 16 MiB. */
  maxOutput?: number;
}

/** Something that runs commands on a host. */
export interface CommandRunner {
  /** Resolves with whatever status the command has. Rejects with RemoteError of any kind but `exit` for a status. */
  exec(command: ShellCommand, options?: ExecOptions): Promise<CommandResult>;
  /** Resolves with stdout. Rejects with RemoteError, kind `exit` when the status is not 0. */
  run(command: ShellCommand, options?: ExecOptions): Promise<string>;
}

const SHOWN_COMMAND = 500;
const SHOWN_STDERR = 2_000;
/** Linux gives one argument at most 128 KiB (MAX_ARG_STRLEN); sshd hands the whole line to the shell as one. */
const MAX_LINE = 128 * 1024 - 1;

interface Work {
  /** What the caller asked for. */
  command: ShellCommand;
  /** What runs it on the host. */
  script: ShellCommand;
  options: ExecOptions;
  timeoutMs: number;
  tally: CommandTally;
}

/**
 * One enrolled host. Commands run in /bin/sh, as root (through sudo where the target says so), with LC_ALL=C.UTF-8.
 * A command that starts a daemon must redirect the daemon's output, or it ends only when the daemon does.
 */
export class RemoteHost implements CommandRunner {
  private readonly link: HostLink;
  private readonly commands: Gate;
  private readonly sockets: Gate;
  private target_: HostTarget;

  constructor(
    target: HostTarget,
    private readonly settings: HostSettings,
  ) {
    this.target_ = target;
    this.link = new HostLink(target, settings);
    this.commands = new Gate(settings.limits.commands);
    this.sockets = new Gate(settings.limits.sockets);
  }

  get target(): HostTarget {
    return this.target_;
  }

  exec(command: ShellCommand, options: ExecOptions = {}): Promise<CommandResult> {
    return this.perform(command, options, () => plainScript(command));
  }

  async run(command: ShellCommand, options: ExecOptions = {}): Promise<string> {
    return this.output(command, await this.exec(command, options));
  }

  /**
   * Runs commands for one run of a resource's reconciler. The host keeps the highest fence it has seen per resource and
   * runs one command of a resource at a time; with a newer fence seen, a command is refused (RemoteError `fenced`) and
   * does nothing. `resource`: letters, digits and `._:-`, at most 200.
   */
  fenced(resource: string, fence: number): CommandRunner {
    const { fenceFolder: folder } = this.settings.limits;
    const script = (command: ShellCommand, timeoutMs: number) =>
      fencedScript(command, { folder, resource, fence }, timeoutMs);
    const exec = async (command: ShellCommand, options: ExecOptions = {}): Promise<CommandResult> =>
      this.unfenced(command, await this.perform(command, options, (timeoutMs) => script(command, timeoutMs)));
    const run = async (command: ShellCommand, options?: ExecOptions): Promise<string> =>
      this.output(command, await exec(command, options));
    return { exec, run };
  }

  /** Removes the fence of a resource that is gone for good: an old run that is still under way is no more refused. */
  async forgetFence(resource: string): Promise<void> {
    const { fenceFolder } = this.settings.limits;
    const command = sh`rm -f ${`${fenceFolder}/${resource}`}`;
    const forget = (timeoutMs: number) => forgetScript(fenceFolder, resource, timeoutMs);
    this.output(command, await this.perform(command, {}, forget));
  }

  /**
   * Connects to the first of the host's unix sockets that accepts. The stream is the caller's to destroy; when the
   * connection dies it is destroyed with a RemoteError `closed`. Rejects with RemoteError, `exit` when none accepts.
   */
  async openUnix(
    paths: readonly string[],
    options: Pick<ExecOptions, 'signal' | 'timeoutMs'> = {},
  ): Promise<Duplex> {
    const what = `socket ${paths.join(' or ')}`;
    const deadline = this.deadline(what, options);
    try {
      const leave = await this.place(this.sockets, deadline.signal);
      return await this.firstSocket(paths, deadline.signal, leave);
    } finally {
      deadline.clear();
    }
  }

  /** For the pool: the host is reached elsewhere or otherwise from now on. */
  retarget(target: HostTarget): void {
    this.target_ = target;
    this.link.retarget(target);
  }

  /** For the pool: closes the connection for good; what runs on it fails with `closed`. */
  close(why: string): void {
    this.link.close(why);
  }

  private async firstSocket(
    paths: readonly string[],
    signal: AbortSignal,
    leave: () => void,
  ): Promise<Duplex> {
    try {
      const connection = await this.link.connection(signal);
      for (const path of paths) {
        const stream = await connection.openUnix(path, signal);
        if (!stream) continue;
        if (stream.closed) leave();
        else stream.once('close', leave);
        return stream;
      }
      throw this.error('exit', `nothing accepts connections on ${paths.join(' or ')}`);
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** A place among the commands or sockets, and the connection kept from idling while it is held. */
  private async place(gate: Gate, signal: AbortSignal): Promise<() => void> {
    const leave = await gate.enter(signal);
    const unuse = this.link.use();
    return () => {
      leave();
      unuse();
    };
  }

  private async perform(
    command: ShellCommand,
    options: ExecOptions,
    script: (timeoutMs: number) => ShellCommand,
  ): Promise<CommandResult> {
    const timeoutMs = options.timeoutMs ?? this.settings.limits.commandTimeoutMs;
    const tally = { bytesIn: 0, bytesOut: 0 };
    const started = performance.now();
    const record = (outcome: { code?: number; error?: Error }) =>
      this.report({ command: command.text, ms: performance.now() - started, ...tally, ...outcome });
    try {
      const result = await this.attempt({ command, script: script(timeoutMs), options, timeoutMs, tally });
      record({ code: result.code });
      return result;
    } catch (error) {
      record({ error: error as Error });
      throw error;
    } finally {
      if (options.stdin instanceof Readable) options.stdin.unpipe().destroy();
      options.stdout?.destroy();
    }
  }

  private async attempt(work: Work): Promise<CommandResult> {
    const deadline = this.deadline(`\`${shown(work.command)}\``, work.options);
    try {
      const leave = await this.place(this.commands, deadline.signal);
      try {
        const connection = await this.link.connection(deadline.signal);
        return await this.converse(connection, work, deadline.signal);
      } finally {
        leave();
      }
    } finally {
      deadline.clear();
    }
  }

  private async converse(connection: Connection, work: Work, signal: AbortSignal): Promise<CommandResult> {
    const line = remoteLine(work.script, work.timeoutMs, this.target.sudo === true);
    if (Buffer.byteLength(line) > MAX_LINE) {
      throw new RangeError(`a command of ${line.length} characters: documents belong on stdin`);
    }
    const channel = await connection.exec(line, signal);
    const { stdin, stdout, maxOutput = this.settings.limits.maxOutput } = work.options;
    try {
      const result = collect({ channel, stdin, stdout, maxOutput, tally: work.tally });
      return await unless([signal, connection.ended], result);
    } catch (error) {
      channel.close();
      if (!(error instanceof CommandBroken)) throw error;
      throw this.error(error.kind, `\`${shown(work.command)}\` ${error.message}`, { cause: error });
    }
  }

  private deadline(what: string, options: Pick<ExecOptions, 'signal' | 'timeoutMs'>): Deadline {
    const timeoutMs = options.timeoutMs ?? this.settings.limits.commandTimeoutMs;
    return new Deadline(timeoutMs, options.signal, {
      timeout: () => this.error('timeout', `${what} took longer than ${timeoutMs} ms`),
      aborted: () =>
        this.error('aborted', `${what} was given up by its caller`, { cause: options.signal?.reason }),
    });
  }

  private output(command: ShellCommand, { code, stdout, stderr }: CommandResult): string {
    if (code === 0) return stdout;
    const tail = stderr.slice(-SHOWN_STDERR).trim();
    const what = `\`${shown(command)}\` exited with ${code}: ${tail || 'it said nothing'}`;
    throw this.error('exit', what, { code, stderr: tail });
  }

  private unfenced(command: ShellCommand, result: CommandResult): CommandResult {
    if (result.code !== FENCE_EXIT || !result.stderr.startsWith('nubo-fence: ')) return result;
    const kind = result.stderr.startsWith(FENCE_REFUSED) ? 'fenced' : 'timeout';
    const what = `\`${shown(command)}\` was not run: ${result.stderr.trim()}`;
    throw this.error(kind, what, { code: result.code, stderr: result.stderr });
  }

  private error(kind: RemoteErrorKind, what: string, detail?: RemoteErrorDetail): RemoteError {
    return new RemoteError(kind, nameOf(this.target), what, detail);
  }

  private report(record: Omit<CommandRecord, 'host'>): void {
    const command = record.command.slice(0, SHOWN_COMMAND);
    this.settings.onCommand?.({ ...record, command, host: this.target.id });
  }
}

function shown(command: ShellCommand): string {
  const line = command.text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
