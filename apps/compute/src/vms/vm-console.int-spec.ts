import { readConsole, type Principal } from '@nubo/contracts';
import { Host } from '@nubo/fleet';
import { grant } from '@nubo/persistence';
import { contextOf, someone } from '@nubo/testing';
import { ComputeWorld } from './testing/compute-world';

jest.setTimeout(60_000);

let world: ComputeWorld;
let owner: Principal;
let host: Host;
let id: string;
beforeAll(async () => {
  world = await ComputeWorld.open({ idle: true });
  owner = await world.person();
  host = await world.host({ name: 'h1' });
});
beforeEach(async () => {
  id = (await world.create(owner)).id;
});
afterEach(async () => {
  world.hypervisor.faults.clear();
  await world.em.update(Host, { id: host.id }, { state: 'ready' });
});
afterAll(() => world?.stop());

const read = (lines?: number, who = owner) =>
  world.app.call(readConsole, contextOf(who), { id, ...(lines !== undefined && { lines }) });
const writes = (log: string): void => world.hypervisor.writes(host.id, id, log);
const numbered = (n: number): string => Array.from({ length: n }, (_, line) => `line ${line}\n`).join('');

describe('the console of a VM', () => {
  it('is empty before it has ever run', async () => {
    expect(await read()).toEqual({ text: '' });
  });

  it('shows its last hundred lines, or as many as are asked for', async () => {
    writes(numbered(150));
    expect((await read()).text).toMatch(/^line 50\n[^]*line 149\n$/);
    expect((await read(2)).text).toBe('line 148\nline 149\n');
    expect((await read(1000)).text).toBe(numbered(150));
  });

  it('shows no control characters', async () => {
    writes('\u001b[31mred\u001b[0m \u0007\r\n');
    expect((await read()).text).toBe('red ^G\n');
  });

  it.each([0, 1001, 1.5])('is not shown in %d lines', async (lines) => {
    await expect(read(lines)).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('says so when its host is down, or does not answer', async () => {
    const sentence = { message: 'The console is on host h1, which does not answer: try again later.' };
    world.hypervisor.faults.inject('fail', 1, 'consoleLog');
    await expect(read()).rejects.toMatchObject({ kind: 'unavailable', ...sentence });
    await world.em.update(Host, { id: host.id }, { state: 'down' });
    await expect(read()).rejects.toMatchObject({ kind: 'unavailable', ...sentence });
  });

  it('is for those who may use the VM', async () => {
    const friend = someone('member');
    await expect(read(1, friend)).rejects.toMatchObject({ code: 'vm_not_found' });
    await grant(world.em, id, friend, 'use');
    expect(await read(1, friend)).toEqual({ text: '' });
  });
});
