import { dropRouterLines, namespaceLines } from './router-lines.driver';

const FENCE = "rm -f '/var/lib/nubo/fence/pat-nr-0a1b2c3d'";
const NAMESPACE = 'nr-0a1b2c3d';

const text = (lines: readonly (string | { text: string })[]): string =>
  lines.map((line) => (typeof line === 'string' ? line : line.text)).join('\n');

describe('a router', () => {
  it('that goes takes the fence of its port translation along', () => {
    expect(text(dropRouterLines(NAMESPACE))).toContain(FENCE);
  });

  it('that is made anew keeps it: old commands stay out', () => {
    expect(text(namespaceLines({ do: 'namespace', namespace: NAMESPACE, make: true }))).not.toContain(FENCE);
  });
});
