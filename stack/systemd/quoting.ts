/** How systemd (252) reads unit files and environment files. */

/** One word of ExecStart: specifiers (%) and variables ($) are not expanded, spaces do not part it. */
export function execWord(word: string): string {
  const escaped = word.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[^\s"';\\]+$/.test(word) ? escaped : `"${escaped}"`;
}

/** The text of an EnvironmentFile: in double quotes a backslash takes the meaning of ", \, ` and $; line ends stay. */
export function environmentFile(variables: Readonly<Record<string, string>>): string {
  const lines = Object.entries(variables)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}="${value.replace(/["\\`$]/g, '\\$&')}"\n`);
  return lines.join('');
}

/** Whether a path may stand in any setting of a unit as it is. */
export const isPlainPath = (path: string): boolean => /^\/[\w./+:@,=~-]*$/.test(path);
