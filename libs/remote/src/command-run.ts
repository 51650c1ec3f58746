import { constants } from 'node:os';
import { finished } from 'node:stream/promises';
import { Readable, Transform, type Writable } from 'node:stream';
import { type ClientChannel } from 'ssh2';

export type CommandInput = string | Buffer | Readable;

/** What has passed so far, also when the command never ends. */
export interface CommandTally {
  bytesIn: number;
  bytesOut: number;
}

export interface CommandResult {
  /** Exit status; 128 + the signal's number when a signal ended it. */
  code: number;
  stdout: string;
  stderr: string;
}

/** The command ended without a status, said too much, or its input could not be read. */
export class CommandBroken extends Error {
  override readonly name = 'CommandBroken';

  constructor(
    readonly kind: 'closed' | 'exit' | 'aborted',
    message: string,
  ) {
    super(message);
  }
}

function statusOf(code: number | null | undefined, signal?: string): number | undefined {
  if (code !== null) return code;
  return 128 + (constants.signals[signal as NodeJS.Signals] ?? 0);
}

/** A listener on the input would not do: Node resumes a stream that has one when what it is piped to closes. */
function counter(tally: CommandTally): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      tally.bytesIn += chunk.length;
      done(null, chunk);
    },
  });
}

function feed(channel: ClientChannel, input: CommandInput | undefined, tally: CommandTally): void {
  if (input === undefined) {
    channel.end();
  } else if (input instanceof Readable) {
    input.pipe(counter(tally)).pipe(channel);
  } else {
    tally.bytesIn = Buffer.byteLength(input);
    channel.end(input);
  }
}

/** Resolves when all that the command said has been taken. */
function drain(channel: ClientChannel, stdout: Writable, tally: CommandTally): Promise<void> {
  channel.on('data', (chunk: Buffer) => (tally.bytesOut += chunk.length));
  channel.pipe(stdout);
  return finished(stdout);
}

export interface CommandRun {
  channel: ClientChannel;
  stdin?: CommandInput;
  stdout?: Writable;
  /** Most bytes of stdout and stderr together; a `stdout` that is given takes any number. */
  maxOutput: number;
  tally: CommandTally;
}

/** Feeds a started command and collects what it says. Rejects with CommandBroken. */
export function collect({ channel, stdin, stdout, maxOutput, tally }: CommandRun): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const said = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    const take = (into: Buffer[]) => (chunk: Buffer) => {
      tally.bytesOut += chunk.length;
      if (tally.bytesOut > maxOutput) reject(new CommandBroken('exit', `said more than ${maxOutput} bytes`));
      else into.push(chunk);
    };
    const text = (chunks: Buffer[]) => Buffer.concat(chunks).toString('utf8');
    const drained = stdout ? drain(channel, stdout, tally) : Promise.resolve();
    drained.catch((error: Error) =>
      reject(new CommandBroken('aborted', `its output failed: ${error.message}`)),
    );
    if (!stdout) channel.on('data', take(said.stdout));
    channel.stderr.on('data', take(said.stderr));
    channel.on('error', (error: Error) => reject(new CommandBroken('closed', error.message)));
    // Not 'exit': that one may have passed before anybody could listen. 'close' waits until all is read.
    channel.on('close', (status?: number | null, signal?: string) => {
      const code = statusOf(status, signal);
      if (code === undefined) reject(new CommandBroken('closed', 'ended without an exit status'));
      else
        void drained.then(
          () => resolve({ code, stdout: text(said.stdout), stderr: text(said.stderr) }),
          reject,
        );
    });
    if (stdin instanceof Readable) {
      stdin.once('error', (error) =>
        reject(new CommandBroken('aborted', `its input failed: ${error.message}`)),
      );
    }
    feed(channel, stdin, tally);
  });
}
