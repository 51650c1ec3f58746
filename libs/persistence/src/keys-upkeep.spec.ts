import type { Database } from './database';
import { KeysUpkeep } from './keys-upkeep';

describe('the upkeep of keys', () => {
  const query = jest.fn<Promise<unknown>, [string]>();
  const database = { ready: async () => undefined, manager: { query } } as unknown as Database;
  let upkeep: KeysUpkeep;
  beforeEach(() => {
    jest.useFakeTimers();
    query.mockReset().mockResolvedValue([]);
    upkeep = new KeysUpkeep(database);
    upkeep.onApplicationBootstrap();
  });
  afterEach(() => {
    upkeep.onApplicationShutdown();
    jest.useRealTimers();
  });

  it('looks at the start and every five minutes, until the service stops', async () => {
    await jest.advanceTimersByTimeAsync(650_000);
    expect(query).toHaveBeenCalledTimes(3);
    upkeep.onApplicationShutdown();
    await jest.advanceTimersByTimeAsync(650_000);
    expect(query).toHaveBeenCalledTimes(3);
  });

  it('looks again after the database was away', async () => {
    query.mockRejectedValue(new Error('away'));
    await jest.advanceTimersByTimeAsync(310_000);
    expect(query).toHaveBeenCalledTimes(2);
  });
});
