import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import pino from 'pino';
import { turnLines } from './turn-lines';

const folder = mkdtempSync(join(tmpdir(), 'nubo-lines-'));
afterAll(() => rmSync(folder, { recursive: true }));

function opened(name: string) {
  const path = join(folder, name);
  const log = pino({}, turnLines(path));
  const written = (): unknown[] =>
    readFileSync(path, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { msg: string }).msg);
  return { log, written, atExit: process.listeners('exit').at(-1) };
}

describe('the lines of one turn', () => {
  it('are written at its end, in order, and those of the next at the end of that', async () => {
    const { log, written } = opened('turn');
    log.info('one');
    await Promise.resolve();
    log.info('two');
    expect(written()).toEqual([]);
    await nextTurn();
    expect(written()).toEqual(['one', 'two']);
    log.info('three');
    await nextTurn();
    expect(written()).toEqual(['one', 'two', 'three']);
  });

  it('are written at once when one of them is fatal', () => {
    const { log, written } = opened('fatal');
    log.info('one');
    log.fatal('two');
    expect(written()).toEqual(['one', 'two']);
  });

  it('are written when the process ends', () => {
    const { log, written, atExit } = opened('exit');
    log.info('one');
    atExit?.(0);
    expect(written()).toEqual(['one']);
  });
});
