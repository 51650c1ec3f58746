import { setImmediate as nextTurn } from 'node:timers/promises';
import { Turn } from './turn';

describe('what is put off', () => {
  it('in one turn is sent together, in order, at its end', async () => {
    const turn = new Turn();
    const sent: string[] = [];
    turn.putOff(() => sent.push('a'));
    await Promise.resolve();
    turn.putOff(() => sent.push('b'));
    expect(sent).toEqual([]);
    await nextTurn();
    expect(sent).toEqual(['a', 'b']);
  });

  it('while others are sent waits for the next turn', async () => {
    const turn = new Turn();
    const sent: string[] = [];
    turn.putOff(() => turn.putOff(() => sent.push('later')));
    turn.end();
    expect(sent).toEqual([]);
    await nextTurn();
    expect(sent).toEqual(['later']);
  });

  it('is sent once, also when a turn is ended early', async () => {
    const turn = new Turn();
    const sent: string[] = [];
    turn.putOff(() => sent.push('a'));
    turn.end();
    turn.end();
    await nextTurn();
    expect(sent).toEqual(['a']);
  });
});
