import { openContent, type ContentTicket } from '@nubo/contracts';
import { contextOf } from '@nubo/testing';
import { CdnWorld } from '../testing/cdn-world';
import { tarGzOf } from './testing/archives';

let world: CdnWorld;
beforeAll(async () => {
  world = await CdnWorld.open({ idle: true });
});
afterAll(() => world?.stop());

describe('the content that is sent for a release', () => {
  it('needs its own ticket, which is good for once', async () => {
    const ctx = contextOf(await world.owner());
    const ticketed = (): Promise<ContentTicket> => world.app.call(openContent, ctx, {});
    const [{ url, ticket }, other] = [await ticketed(), await ticketed()];
    const archive = await tarGzOf([{ name: 'index.html', body: 'x' }]);
    const send = async (by: string): Promise<number> => (await world.send(url, by, archive)).status;
    expect(await send(other.ticket)).toBe(403);
    expect(await send('')).toBe(403);
    expect(await send(ticket)).toBe(200);
    expect(await send(ticket)).toBe(403);
  });
});
