/** Batches of actions as one script for a host's shell. */
import { RemoteError, sh, type CommandResult, type RemoteHost, type ShellCommand } from '@nubo/remote';
import { linesOf } from './action-lines.driver';
import type { Batch } from './actions';
import type { BatchFailure } from './host-network.driver';

const START = 'nubo-batch';
const DONE = 'nubo-done';

/** A batch ends at its first failing command, the script does not. What is said is told apart by lines on stderr. */
const sectionOf = (batch: Batch, index: number): string =>
  [
    sh`echo ${START} ${index} >&2`,
    '( set -e',
    ...batch.actions.flatMap((action) => linesOf(action)).map(textOf),
    ') </dev/null >&2',
    sh`[ $? -ne 0 ] || echo ${DONE} ${index}`,
  ]
    .map(textOf)
    .join('\n');

const textOf = (line: ShellCommand | string): string => (typeof line === 'string' ? line : line.text);

/** Folders are open to dnsmasq, which gives up its rights. */
const HEAD = `umask 022
mkdir -p /run/nubo/net
chmod a+x /run/nubo`;

export function scriptOf(batches: Batch[]): string {
  return [HEAD, ...batches.map(sectionOf), 'exit 0', ''].join('\n');
}

/** The batches that did not come to their end, each with the last that was said in it. */
export function failuresIn(batches: Batch[], { stdout, stderr }: CommandResult): BatchFailure[] {
  const done = new Set(stdout.split('\n').flatMap((line) => numberAfter(DONE, line)));
  const said = new Map(
    stderr.split(new RegExp(`^(?=${START} )`, 'm')).flatMap((part): [number, string][] => {
      const [first = '', ...rest] = part.split('\n');
      return numberAfter(START, first).map((index) => [index, rest.join(' ').trim()]);
    }),
  );
  return batches.flatMap(({ key }, index) =>
    done.has(index) ? [] : [{ key, reason: said.get(index) || 'it ended without a word' }],
  );
}

const numberAfter = (word: string, line: string): number[] =>
  line.startsWith(`${word} `) ? [Number(line.slice(word.length + 1))] : [];

/** The script itself could not run. */
export function brokenScript(host: RemoteHost, { code, stderr }: CommandResult): RemoteError {
  const { id, address, port = 22 } = host.target;
  const what = `the shell ended with ${code}: ${stderr.slice(-500).trim()}`;
  return new RemoteError('exit', { id, label: `${address}:${port}` }, what, { code, stderr });
}
