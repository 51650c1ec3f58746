import { Signals } from './signals';

describe('signals to the lab', () => {
  let asked: Map<string, () => void>;

  beforeEach(() => {
    asked = new Map();
    jest.useFakeTimers();
    jest.spyOn(process, 'on').mockImplementation((name, listener) => {
      asked.set(String(name), listener as () => void);
      return process;
    });
  });

  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  function running(signals: Signals): { got: string[]; done: () => void } {
    const got: string[] = [];
    let done = (): void => undefined;
    void signals.during((signal) => got.push(signal), new Promise<void>((resolve) => (done = resolve)));
    return { got, done };
  }

  it('go to the program, which is killed when it takes longer than 20 s', () => {
    const { got } = running(new Signals());
    asked.get('SIGTERM')?.();
    jest.advanceTimersByTime(19_999);
    expect(got).toEqual(['SIGTERM']);
    jest.advanceTimersByTime(1);
    expect(got).toEqual(['SIGTERM', 'SIGKILL']);
  });

  it('kill the program when they come twice', () => {
    const { got } = running(new Signals());
    asked.get('SIGINT')?.();
    asked.get('SIGINT')?.();
    expect(got).toEqual(['SIGINT', 'SIGKILL']);
  });

  it('that come before the program are not lost', () => {
    const signals = new Signals();
    asked.get('SIGINT')?.();
    expect(signals.code).toBe(130);
    expect(running(signals).got).toEqual(['SIGINT']);
  });
});
