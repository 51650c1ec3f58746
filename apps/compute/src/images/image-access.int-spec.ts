import { randomUUID } from 'node:crypto';
import {
  createImage,
  deleteImage,
  listImages,
  imageShares,
  tenantClosing,
  userClosing,
  updateImage,
  type CreateImage,
  type ImageView,
} from '@nubo/contracts';
import { GrantRow } from '@nubo/persistence';
import { quotaDriftOf } from '@nubo/quota';
import { contextOf, eventually, someone } from '@nubo/testing';
import { Vm } from '../../../../libs/entities/src/compute';
import { ImageWorld, mailOf, MAX_BYTES } from '../testing/image-world';

jest.setTimeout(60_000);

let world: ImageWorld;
beforeAll(async () => {
  world = await ImageWorld.start();
});
afterAll(() => world?.stop());

describe('a request for an image', () => {
  it.each([
    ['http://169.254.169.254/latest/meta-data', 'url'],
    ['http://[::1]/a', 'url'],
    ['http://192.168.0.1/a', 'url'],
    ['ftp://images.example/a', 'url'],
  ])('for %s is refused, naming the field', async (url, field) => {
    const refused = world.create({ url });
    await expect(refused).rejects.toMatchObject({ kind: 'invalid', code: 'invalid_input' });
    await expect(refused).rejects.toMatchObject({ details: { fields: [{ field }] } });
  });

  it.each<[string, Partial<CreateImage>]>([
    ['url', { url: undefined }],
    ['upload', { upload: true, size: 10 }],
    ['size', { url: undefined, upload: true }],
    ['size', { size: 10 }],
    ['size', { url: undefined, upload: true, size: 0 }],
  ])('whose sources do not fit names %s: %j', async (field, change) => {
    const refused = world.create(change);
    await expect(refused).rejects.toMatchObject({ code: 'invalid_input', details: { fields: [{ field }] } });
  });

  it('for an upload beyond the limit is refused at once', async () => {
    const refused = world.create({ url: undefined, upload: true, size: MAX_BYTES + 1 });
    await expect(refused).rejects.toMatchObject({ kind: 'too_large', details: { limit: MAX_BYTES } });
  });

  it.each<[string, Partial<CreateImage> & Record<string, unknown>]>([
    ['name', { name: 'Not A Name' }],
    ['sha256', { sha256: 'abc' }],
    ['metadata', { metadata: { 'bad key': 'x' } }],
    ['color', { color: 'blue' }],
  ])('with a bad %s is refused', async (field, change) => {
    await expect(world.create(change)).rejects.toMatchObject({ details: { fields: [{ field }] } });
  });

  it('pays with the tenant’s quota, and gets it back', async () => {
    const { tenantId } = world.bob;
    const limit = (n: number) =>
      world.database.em.query(
        `UPDATE quota.usage SET "limit" = $2 WHERE tenant_id = $1 AND kind = 'images'`,
        [tenantId, n],
      );
    await limit(1);
    const { id } = await world.create({}, world.bob);
    await expect(world.create({}, world.bob)).rejects.toMatchObject({
      kind: 'exhausted',
      code: 'quota_exceeded',
    });
    await world.remove(id, world.bob);
    await world.isGone(id);
    await limit(20);
    expect(await quotaDriftOf(world.database.em)).toBe(0);
    const [{ used }] = await world.database.em.query<{ used: string }[]>(
      `SELECT used FROM quota.usage WHERE tenant_id = $1 AND kind = 'images'`,
      [tenantId],
    );
    expect(Number(used)).toBe(0);
  });

  it('made twice with one Idempotency-Key makes one image', async () => {
    const input = { url: world.url('/tiny.qcow2'), name: 'once' };
    const ctx = contextOf(world.ada, { idempotencyKey: randomUUID() });
    const [first, second] = [
      await world.app.call(createImage, ctx, input),
      await world.app.call(createImage, { ...ctx, requestId: randomUUID() }, input),
    ];
    expect(second.id).toBe(first.id);
  });
});

describe('who may do what with an image', () => {
  let image: ImageView;
  beforeAll(async () => {
    image = await world.create({ name: 'shared' });
    await world.becomes(image.id, 'ready');
  });

  it('is its maker’s until it is shared: others do not even see it', async () => {
    const { id } = image;
    await expect(world.look(id, world.bob)).rejects.toMatchObject({ kind: 'not_found' });
    await expect(
      world.app.call(updateImage, contextOf(world.bob), { id, name: 'mine' }),
    ).rejects.toMatchObject({
      kind: 'not_found',
    });
    await expect(world.remove(id, world.bob)).rejects.toMatchObject({
      kind: 'not_found',
    });
    await expect(world.app.call(imageShares.list, contextOf(world.bob), { id })).rejects.toMatchObject({
      kind: 'not_found',
    });
    expect((await world.app.call(listImages, contextOf(world.bob), {})).items).toEqual([]);
  });

  it('is shared by e-mail or id, listed, and taken back', async () => {
    const { id } = image;
    const user = mailOf(world.bob);
    const share = await world.app.call(imageShares.create, contextOf(world.ada), { id, user });
    expect(share).toEqual({ userId: world.bob.userId, email: user, grant: 'use' });
    expect((await world.look(id, world.bob)).name).toBe('shared');
    expect((await world.app.call(listImages, contextOf(world.bob), {})).items).toHaveLength(1);
    await expect(world.remove(id, world.bob)).rejects.toMatchObject({
      kind: 'forbidden',
    });
    expect((await world.app.call(imageShares.list, contextOf(world.ada), { id })).items).toEqual([share]);
    await world.app.call(imageShares.remove, contextOf(world.ada), { id, userId: world.bob.userId });
    await expect(world.look(id, world.bob)).rejects.toMatchObject({ kind: 'not_found' });
    const again = world.app.call(imageShares.remove, contextOf(world.ada), { id, userId: world.bob.userId });
    await expect(again).rejects.toMatchObject({ code: 'share_not_found' });
  });

  it('cannot be shared with nobody, nor taken from its maker', async () => {
    const { id } = image;
    const share = world.app.call(imageShares.create, contextOf(world.ada), { id, user: 'nobody@nubo.test' });
    await expect(share).rejects.toMatchObject({ kind: 'not_found', code: 'user_not_found' });
    const own = world.app.call(imageShares.remove, contextOf(world.ada), { id, userId: world.ada.userId });
    await expect(own).rejects.toMatchObject({ kind: 'conflict' });
    // Sharing with the maker takes nothing from them.
    await world.app.call(imageShares.create, contextOf(world.ada), { id, user: world.ada.userId });
    await world.app.call(updateImage, contextOf(world.ada), { id, description: 'still mine' });
  });

  it('is opened to everybody by administrators only', async () => {
    const { id } = image;
    const open = world.app.call(updateImage, contextOf(world.ada), { id, public: true });
    await expect(open).rejects.toMatchObject({ kind: 'forbidden', code: 'admin_only' });
    await expect(world.create({ public: true })).rejects.toMatchObject({ kind: 'forbidden' });
    await world.app.call(updateImage, contextOf(world.admin), { id, public: true });
    expect((await world.look(id, world.bob)).public).toBe(true);
    await expect(world.app.call(updateImage, contextOf(world.bob), { id, name: 'x' })).rejects.toMatchObject({
      kind: 'forbidden',
    });
    await world.app.call(updateImage, contextOf(world.admin), { id, public: false });
  });

  it('is no more shared with a tenant that was closed', async () => {
    const { id } = image;
    await world.app.call(imageShares.create, contextOf(world.ada), { id, user: world.bob.userId });
    await world.app.bus.publish(tenantClosing, { tenantId: world.bob.tenantId as string });
    await eventually(() =>
      world.look(id, world.bob).then(
        () => false,
        () => true,
      ),
    );
    expect((await world.app.call(imageShares.list, contextOf(world.ada), { id })).items).toEqual([]);
  });

  it('is no more shared with a user who was deleted', async () => {
    const { id } = image;
    const { tenantId } = world.ada;
    const dora = someone('member', { tenantId });
    await world.database.em.insert(GrantRow, { resourceId: id, userId: dora.userId, tenantId, level: 'use' });
    expect(await world.look(id, dora)).toMatchObject({ id });
    await world.app.bus.publish(userClosing, { userId: dora.userId, tenantId });
    await eventually(async () => !(await world.database.em.existsBy(GrantRow, { userId: dora.userId })));
    expect(await world.look(id)).not.toMatchObject({ state: 'deleting' });
  });

  it('goes with the user who made it', async () => {
    const dora = someone('member', { tenantId: world.ada.tenantId });
    const { id } = await world.create({}, dora);
    await world.app.bus.publish(userClosing, { userId: dora.userId, tenantId: dora.tenantId });
    await world.isGone(id);
    expect(await world.look(image.id)).not.toMatchObject({ state: 'deleting' });
  });

  it('is only tried with a dry run', async () => {
    const input = { url: world.url('/tiny.qcow2'), name: 'dry' };
    const { id } = await world.app.call(createImage, contextOf(world.ada, { dryRun: true }), input);
    await expect(world.look(id)).rejects.toMatchObject({ kind: 'not_found' });
    expect(await quotaDriftOf(world.database.em)).toBe(0);
  });

  it('is changed against its current version', async () => {
    const { id } = image;
    const { version } = await world.look(id);
    const ctx = contextOf(world.ada, { ifMatch: version });
    const changed = await world.app.call(updateImage, ctx, {
      id,
      metadata: { team: 'blue' },
      description: null,
    });
    expect(changed).toMatchObject({ version: version + 1, metadata: { team: 'blue' }, description: '' });
    await expect(world.app.call(updateImage, ctx, { id, name: 'late' })).rejects.toMatchObject({
      kind: 'precondition',
    });
  });
});

describe('an image that VMs depend on', () => {
  const vm = (imageId: string) => ({
    id: randomUUID(),
    name: 'web',
    tenantId: world.ada.tenantId,
    userId: world.ada.userId,
    state: 'stopped' as const,
    imageId,
    hostId: randomUUID(),
    location: 'loc1',
    vcpus: 1,
    memoryMib: 512,
    diskGib: 1,
    wantedState: 'stopped' as const,
  });

  it('is not deleted, and says how many', async () => {
    const { id } = await world.create();
    await world.database.em.insert(Vm, [vm(id), vm(id)]);
    const refused = world.remove(id);
    await expect(refused).rejects.toMatchObject({
      kind: 'conflict',
      code: 'image_in_use',
      details: { vms: 2 },
    });
    await world.database.em.delete(Vm, { imageId: id });
  });

  it('names those that the caller may see, and counts the others', async () => {
    const { id } = await world.create();
    const [mine, other] = [vm(id), { ...vm(id), name: 'hidden', tenantId: someone().tenantId }];
    await world.database.em.insert(Vm, [mine, other]);
    const refused = world.remove(id).catch((error: unknown) => error);
    expect(await refused).toMatchObject({
      message: expect.stringContaining(`web (${mine.id}) and 1 more`) as string,
      details: { vms: 2, named: [{ id: mine.id, name: 'web' }], others: 1 },
    });
    expect(JSON.stringify(await refused)).not.toContain(other.id);
    await world.database.em.delete(Vm, { imageId: id });
  });

  it('goes with its last VM when that was asked for, and gives nothing to new ones meanwhile', async () => {
    const { id } = await world.ready();
    const guest = vm(id);
    await world.database.em.insert(Vm, guest);
    const going = await world.app.call(deleteImage, contextOf(world.ada), { id, deferred: true });
    expect(going.state).toBe('deleting');
    expect(world.filesOf(id)).toEqual([`${id}.qcow2`]);
    await expect(
      world.app.call(deleteImage, contextOf(world.bob), { id, deferred: true }),
    ).rejects.toMatchObject({
      kind: 'not_found',
    });
    await world.database.em.delete(Vm, { id: guest.id });
    await world.isGone(id);
    expect(world.filesOf(id)).toEqual([]);
  });
});
