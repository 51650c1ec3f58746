/** Whether visitors of a site get the file: as web servers here refuse it, nobody else publishes what begins with a dot. */
export const isVisited = (path: string): boolean =>
  path.split('/').every((part, n) => !part.startsWith('.') || (n === 0 && part === '.well-known'));

/** Whether `path` names something below a folder, and cannot name anything else. */
export const isPlainPath = (path: string): boolean =>
  path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\0'));
