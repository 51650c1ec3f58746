import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RemoteHost } from './remote-host';
import { sh } from './shell';
import { Fixture } from './testing/fixture';

let lab: Fixture;
let h1: RemoteHost;

beforeEach(async () => {
  lab = new Fixture();
  h1 = lab.host((await lab.sshd()).target());
});
afterEach(() => lab.end());

const stored = (resource: string) => Number(readFileSync(join(lab.fenceFolder, resource), 'utf8'));

describe('a fenced command', () => {
  it('runs as any other, with its own status, outputs and stdin', async () => {
    const result = await h1.fenced('vm-1', 7).exec(sh`cat; echo no >&2; exit 9`, { stdin: "it's" });
    expect(result).toEqual({ code: 9, stdout: "it's", stderr: 'no\n' });
    expect(stored('vm-1')).toBe(7);
  });

  it('may run again with the same number', async () => {
    const run = h1.fenced('vm-1', 7);
    expect(await run.run(sh`echo ${'a b'}`)).toBe('a b\n');
    expect(await run.run(sh`echo ${"c'd"}`)).toBe("c'd\n");
  });

  it('is refused, and does nothing, when a newer run has begun', async () => {
    await h1.fenced('vm-1', 10).run(sh`true`);
    const file = join(lab.folder, 'done');
    await expect(h1.fenced('vm-1', 9).run(sh`touch ${file}`)).rejects.toMatchObject({
      kind: 'fenced',
      host: 'h1',
      message: expect.stringMatching(/was not run: nubo-fence: refused, newest is 0*10$/) as string,
    });
    expect(readdirSync(lab.folder)).toEqual(['var']);
    expect(stored('vm-1')).toBe(10);
  });

  it('is compared as a number, not as text', async () => {
    await h1.fenced('vm-1', 9).run(sh`true`);
    await h1.fenced('vm-1', 10).run(sh`true`);
    await h1.fenced('vm-1', Number.MAX_SAFE_INTEGER).run(sh`true`);
    expect(stored('vm-1')).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('has nothing to do with other resources', async () => {
    await h1.fenced('vm-1', 10).run(sh`true`);
    expect(await h1.fenced('vm-2', 1).run(sh`echo fine`)).toBe('fine\n');
  });

  const begun = async (file: string): Promise<void> => {
    while (!existsSync(file)) await sleep(10);
  };

  it('waits while another one of its resource runs', async () => {
    const [began, order] = [join(lab.folder, 'began'), join(lab.folder, 'order')];
    const first = h1.fenced('vm-1', 1).run(sh`touch ${began}; sleep 0.4; echo first >> ${order}`);
    await begun(began);
    await h1.fenced('vm-1', 2).run(sh`echo second >> ${order}`);
    await first;
    expect(readFileSync(order, 'utf8')).toBe('first\nsecond\n');
  });

  it('that waits too long for its resource says so, and is not run later', async () => {
    const began = join(lab.folder, 'began');
    const long = h1.fenced('vm-1', 1).run(sh`touch ${began}; sleep 3`);
    await begun(began);
    const file = join(lab.folder, 'late');
    const late = h1.fenced('vm-1', 2).run(sh`touch ${file}`, { timeoutMs: 500 });
    await expect(late).rejects.toMatchObject({ kind: 'timeout' });
    await long;
    await sleep(300);
    expect(readdirSync(lab.folder)).toEqual(['began', 'var']);
  });

  it('does not hold its resource through a daemon that it starts', async () => {
    const fenced = h1.fenced('vm-1', 1);
    await fenced.run(sh`setsid sleep 2 >/dev/null 2>&1 </dev/null &`);
    expect(await fenced.run(sh`echo free`, { timeoutMs: 1_000 })).toBe('free\n');
  });

  it('is refused by a fence that cannot be read', async () => {
    await h1.fenced('vm-1', 1).run(sh`true`);
    writeFileSync(join(lab.fenceFolder, 'vm-1'), 'garbage\n');
    await expect(h1.fenced('vm-1', 2).run(sh`true`)).rejects.toMatchObject({ kind: 'fenced' });
  });

  it('is not taken for refused because its own command says such a thing', async () => {
    const result = await h1.fenced('vm-1', 1).exec(sh`echo other >&2; exit 75`);
    expect(result.code).toBe(75);
  });

  it.each(['', '../x', 'a/b', '.hidden', 'a b', 'x'.repeat(201)])(
    'cannot name its resource %p',
    async (name) => {
      await expect(h1.fenced(name, 1).run(sh`true`)).rejects.toThrow(TypeError);
      await expect(h1.forgetFence(name)).rejects.toThrow(TypeError);
    },
  );

  it.each([-1, 1.5, NaN, 2 ** 53])('cannot have the number %p', async (fence) => {
    await expect(h1.fenced('vm-1', fence).run(sh`true`)).rejects.toThrow(TypeError);
  });
});

describe('the fence of a resource that is gone', () => {
  it('is removed, once and again', async () => {
    await h1.fenced('vm-1', 5).run(sh`true`);
    await h1.forgetFence('vm-1');
    await h1.forgetFence('vm-1');
    expect(readdirSync(lab.fenceFolder)).toEqual([]);
  });

  it('may be removed under the eyes of those who wait for it: they still run one at a time', async () => {
    const log = join(lab.folder, 'log');
    const step = (i: number) => sh`echo in >> ${log}; sleep 0.02; echo out${i} >> ${log}`;
    const runs = Array.from({ length: 12 }, (_, i) => h1.fenced('vm-1', 1).run(step(i)));
    const removals = Array.from({ length: 6 }, () => h1.forgetFence('vm-1'));
    await Promise.all([...runs, ...removals]);
    const lines = readFileSync(log, 'utf8').trim().split('\n');
    expect(lines).toHaveLength(24);
    expect(lines.every((line, i) => (i % 2 === 0 ? line === 'in' : line.startsWith('out')))).toBe(true);
  });
});
