import { sh, type ShellCommand } from '@nubo/remote';

/** A line of a script; plain text only where it is constant. */
export type Line = ShellCommand | string;

const END = 'NUBO_DOCUMENT';

/** `command` with a document on its stdin. Throws TypeError when the document would end the here-document early. */
export function documentOn(command: ShellCommand, document: string): Line[] {
  const text = document.replace(/\n$/, '');
  if (text.split('\n').includes(END)) throw new TypeError(`a document cannot hold the line ${END}`);
  return [`${command.text} <<'${END}'\n${text}\n${END}`];
}

/** Runs in a namespace with the host’s own mounts. */
export const inside = (namespace: string, command: ShellCommand): ShellCommand =>
  sh`nsenter ${`--net=/run/netns/${namespace}`} ${command}`;
