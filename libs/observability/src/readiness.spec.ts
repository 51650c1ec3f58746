import { Readiness } from './readiness';

function readiness(check: () => Promise<void> | void): Readiness {
  const made = new Readiness();
  made.register('database', check);
  return made;
}

describe('readiness', () => {
  it('knows its parts', async () => {
    const parts = readiness(async () => undefined);
    parts.register('bus', () => undefined);
    expect(parts.names()).toEqual(['database', 'bus']);
    await Promise.all(parts.names().map((name) => parts.run(name)));
  });

  it('passes on what a part says', async () => {
    const refuses = readiness(() => {
      throw new Error('The database does not answer.');
    });
    await expect(refuses.run('database')).rejects.toThrow('The database does not answer.');
  });

  it('does not wait for a part that hangs', async () => {
    const hangs = readiness(() => new Promise(() => undefined));
    await expect(hangs.run('database', 20)).rejects.toThrow('no answer within 0.02 s');
  });
});
