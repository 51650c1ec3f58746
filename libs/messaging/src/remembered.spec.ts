import { Remembered } from './remembered';

const limits = { freshMs: 10, staleMs: 100, most: 2 };

describe('what is remembered', () => {
  let now: number;
  let asked: string[];
  let memory: Remembered<string>;
  const get = (key: string) =>
    memory.get(key, async () => {
      asked.push(key);
      return `${key} at ${now}`;
    });
  const refuse = (key: string) => memory.get(key, () => Promise.reject(new TypeError('gone')));

  beforeEach(() => {
    now = 0;
    asked = [];
    memory = new Remembered(
      limits,
      (error) => String(error).includes('gone'),
      () => now,
    );
  });

  it('is asked for once while it is fresh, by however many', async () => {
    await Promise.all([get('a'), get('a')]);
    now = 9;
    expect(get('a')).toBe('a at 0');
    expect(asked).toEqual(['a']);
  });

  it('is given while it is asked for anew, and not when it is too old', async () => {
    await get('a');
    now = 10;
    expect(get('a')).toBe('a at 0');
    await new Promise(setImmediate);
    expect(get('a')).toBe('a at 10');
    now = 110;
    expect(await get('a')).toBe('a at 110');
    expect(asked).toHaveLength(3);
  });

  it('is as many as there may be: those go that nobody has wanted for longest', async () => {
    for (const key of ['a', 'b']) await get(key);
    expect(get('a')).toBe('a at 0');
    await get('c');
    expect(get('a')).toBe('a at 0');
    await get('b');
    expect(asked).toEqual(['a', 'b', 'c', 'b']);
  });

  it('is no refusal, and is gone with one that ends it', async () => {
    await expect(refuse('a')).rejects.toThrow('gone');
    await get('a');
    now = 10;
    const failing = memory.get('a', () => Promise.reject(new TypeError('no answer')));
    expect(failing).toBe('a at 0');
    await new Promise(setImmediate);
    expect(refuse('a')).toBe('a at 0');
    await new Promise(setImmediate);
    expect(await get('a')).toBe('a at 10');
  });

  it('can be forgotten', async () => {
    await get('a');
    memory.forget('a');
    await get('a');
    expect(asked).toHaveLength(2);
  });
});
