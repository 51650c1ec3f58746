import { Gate } from './gate';

const never = new AbortController().signal;

describe('a gate', () => {
  it('lets no more in than it has places', async () => {
    const gate = new Gate(2);
    await gate.enter(never);
    await gate.enter(never);
    const third = jest.fn();
    void gate.enter(never).then(third);
    await new Promise(setImmediate);
    expect(third).not.toHaveBeenCalled();
    expect(gate.held).toBe(2);
  });

  it('lets those who wait in by the order they came, and nobody before them', async () => {
    const gate = new Gate(1);
    const leave = await gate.enter(never);
    const order: string[] = [];
    const first = gate.enter(never).then((go) => (order.push('first'), go));
    const second = gate.enter(never).then((go) => (order.push('second'), go));
    leave();
    const late = gate.enter(never).then((go) => (order.push('late'), go));
    (await first)();
    (await second)();
    (await late)();
    expect(order).toEqual(['first', 'second', 'late']);
    expect(gate.held).toBe(0);
  });

  it('gives no second place for leaving twice', async () => {
    const gate = new Gate(1);
    const leave = await gate.enter(never);
    leave();
    leave();
    await gate.enter(never);
    expect(gate.held).toBe(1);
  });

  it('takes who gives up out of the line', async () => {
    const gate = new Gate(1);
    const leave = await gate.enter(never);
    const impatient = new AbortController();
    const waiting = gate.enter(impatient.signal);
    const next = gate.enter(never);
    impatient.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    leave();
    (await next)();
    expect(gate.held).toBe(0);
  });
});
