/** Reports in Markdown, and their place in docs/benchmarks.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../stack/files';

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, n) => Math.max(3, ...[head, ...rows].map((row) => row[n].length)));
  const pad = (text: string, n: number): string =>
    n === 0 ? text.padEnd(widths[n]) : text.padStart(widths[n]);
  const line = (cells: readonly string[]): string => `| ${cells.map(pad).join(' | ')} |`;
  const rule = widths.map((width, n) => (n === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(head), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n');
}

/** Where and when. */
export function machine(): string {
  const [first] = cpus();
  const memory = (totalmem() / 1024 ** 3).toFixed(0);
  const day = new Date().toISOString().slice(0, 10);
  return `${day}, ${cpus().length} × ${first.model.trim()}, ${memory} GiB, Node ${process.versions.node}.\n`;
}

/** Replaces the report of that name in docs/benchmarks.md. Throws when the page has no place for it. */
export function saved(name: string, report: string): void {
  const file = join(projectRoot(), 'docs', 'benchmarks.md');
  const place = new RegExp(`(<!-- ${name} -->\n)[^]*(<!-- /${name} -->)`);
  const page = readFileSync(file, 'utf8');
  if (!place.test(page)) throw new Error(`docs/benchmarks.md has no <!-- ${name} -->`);
  writeFileSync(
    file,
    page.replace(place, (_, start: string, end: string) => `${start}\n${report}\n${end}`),
  );
}
