import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { callGraph } from './call-graph';

describe('the page about the call graph', () => {
  it('is the one that is checked in (npm run call-graph writes it)', () => {
    expect(readFileSync(join(__dirname, '../../../docs/call-graph.md'), 'utf8')).toBe(callGraph());
  });
});
