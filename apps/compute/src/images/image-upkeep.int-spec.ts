import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@nubo/testing';
import { ImageWorld } from '../testing/image-world';
import { ImageUpkeep } from './image-upkeep.service';

jest.setTimeout(30_000);

let world: ImageWorld;
const gone = randomUUID();
const LEFT = [`${gone}.delivery`, `${gone}.7.part`, `${gone}.7.part.qcow2`];
const files = (): string[] => readdirSync(join(world.folder, 'images'));
const leave = (...names: string[]): void =>
  names.forEach((name) => writeFileSync(join(world.folder, 'images', name), 'x'));

beforeAll(async () => {
  world = await ImageWorld.start({
    before: (folder) => {
      mkdirSync(join(folder, 'images'));
      LEFT.forEach((name) => writeFileSync(join(folder, 'images', name), 'x'));
    },
  });
});
afterAll(() => world?.stop());

describe('what was left of images that are gone', () => {
  it('is removed when the service starts', async () => {
    await eventually(() => files().length === 0);
  });

  it('is removed while it runs; what belongs to an image, is finished, or is not ours stays', async () => {
    const { id } = await world.create({ url: undefined, upload: true, size: 1000 });
    const stays = [`${id}.delivery`, `${id}.3.part`, `${gone}.qcow2`, 'notes.delivery', '.hidden'].sort();
    leave(...LEFT, ...stays);
    await world.app.get(ImageUpkeep).look();
    expect(files().sort()).toEqual(stays);
  });
});
