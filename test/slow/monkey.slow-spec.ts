import { setTimeout as sleep } from 'node:timers/promises';
import type { ImageView } from '@nubo/contracts';
import { farewell } from '../../demo/chapters/farewell';
import { PLATFORM_ADDRESS, type World } from '../../demo/world';
import { furnishedWorld } from '../e2e/surroundings';
import { Chance } from './chance';
import { Customer } from './customer';
import { hostFaults } from './hosts';
import { backlog, holdings } from './processes';
import { Rows } from './rows';
import { Vandal } from './vandal';

const SEED = Number(process.env.MONKEY_SEED ?? 1);
const CHAOS_MS = Number(process.env.MONKEY_SECONDS ?? 60) * 1000;
/** A host that was off is noticed, programmed and started on; back-off is at most 15 s. */
const RECOVERY_MS = 180_000;
const LIMIT_MS = CHAOS_MS + RECOVERY_MS + 240_000;
/** More than connections to three hosts, to Postgres and to the bus need. */
const FILES = 80;
const MEGABYTES = 400;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

describe(`customers and a vandal with seed ${SEED}`, () => {
  let world: World;
  let archive: ImageView;
  let rows: Rows;
  const chance = new Chance(SEED);

  beforeAll(async () => {
    world = await furnishedWorld('monkey');
    const url = `http://${PLATFORM_ADDRESS}:9000/rootfs.tar`;
    const wish = { name: 'rootfs', kind: 'container', public: true, url };
    archive = await world.admin.post<ImageView>('/iaas/images?wait=60s', wish);
  }, 180_000);
  afterAll(async () => {
    await rows?.close();
    await world?.saveLogs('slow-monkey');
    await world?.close();
  }, 60_000);

  const faults = async (): Promise<string[]> => {
    const inTables = await rows.faults();
    return [...inTables, ...(await hostFaults(world, rows)), ...(await backlog(world.platform))];
  };

  it(
    'when they stop, everything settles, and the rows are what is on the hosts',
    async () => {
      const before = holdings(world.platform);
      const customers = world.tenants.map(({ rest }) => new Customer(world, archive, rest, chance));
      const vandal = new Vandal(world, chance);
      const end = Date.now() + CHAOS_MS;
      const keepOn = async (act: () => Promise<void>, ms: number): Promise<void> => {
        for (; Date.now() < end; await sleep(chance.between(0, 2 * ms))) await act();
      };
      const runs = [...customers, ...customers].map((customer) => keepOn(() => customer.act(), 600));
      await Promise.all([...runs, keepOn(() => vandal.act(), 4_000)]);
      await vandal.stop();
      say(vandal.done.join('\n'));
      customers.forEach(({ answers }) =>
        say(JSON.stringify(Object.fromEntries([...answers].sort()), null, 1)),
      );
      rows = new Rows(world.platform.databaseUrl);
      await settled(faults);
      const after = holdings(world.platform);
      say(JSON.stringify({ before, after }));
      for (const { files, megabytes } of Object.values(after)) {
        expect(files).toBeLessThan(FILES);
        expect(megabytes).toBeLessThan(MEGABYTES);
      }
      const internal = customers.flatMap(({ answers }) =>
        [...answers.keys()].filter((answer) => / 500 /.test(answer)),
      );
      expect(internal).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'and when the tenants go, nothing of theirs is left',
    async () => {
      for (const step of farewell.slice(1)) await step.run(world);
      await settled(faults);
    },
    LIMIT_MS,
  );

  async function settled(find: () => Promise<string[]>): Promise<void> {
    const began = Date.now();
    let found = ['not looked yet'];
    while (found.length > 0 && Date.now() < began + RECOVERY_MS) {
      found = await find().catch((error: unknown) => [String(error)]);
      if (found.length > 0) await sleep(2_000);
    }
    say(`settled after ${Math.round((Date.now() - began) / 1000)} s`);
    expect(found).toEqual([]);
  }
});
