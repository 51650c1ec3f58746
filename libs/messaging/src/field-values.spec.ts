import {
  createImage,
  createVm,
  createVpc,
  NuboError,
  registerTenant,
  updateMapping,
  updateUser,
  type Operation,
} from '@nubo/contracts';
import { validated } from './door';

const ID = '3b1f8a52-6c0d-4f6e-9d2a-5e7c4b8a9f10';
const SUBNET = '7d0c6a44-1111-4f6e-9d2a-5e7c4b8a9f11';

/** The names of the fields that are refused. */
async function refused(op: Operation<object, object>, plain: object): Promise<string[]> {
  const error: unknown = await validated(op.input, plain).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof NuboError)) return [];
  const fields = error.details?.['fields'] as { field: string }[];
  return [...new Set(fields.map(({ field }) => field))];
}

describe('ids', () => {
  it('in capital letters are the same ids inside, wherever they stand', async () => {
    const nics = [{ subnetId: SUBNET.toUpperCase() }];
    const input = { name: 'web', imageId: ID.toUpperCase(), nics };
    expect(await validated(createVm.input, input)).toMatchObject({
      imageId: ID,
      nics: [{ subnetId: SUBNET }],
    });
    expect(await validated(updateUser.input, { id: ID.toUpperCase() })).toMatchObject({ id: ID });
  });
});

describe('null', () => {
  it.each([
    ['a name', updateMapping, { id: ID, name: null }, 'name'],
    ['a number', updateMapping, { id: ID, targetPort: null }, 'targetPort'],
    ['a password', updateUser, { id: ID, password: null }, 'password'],
    ['a flag', createImage, { name: 'a', url: 'https://images.example/a', public: null }, 'public'],
    ['a list', createVm, { name: 'a', imageId: ID, nics: [], sshKeys: null }, 'sshKeys'],
    ['an address', createVm, { name: 'a', imageId: ID, nics: [{ subnetId: SUBNET, ip: null }] }, 'nics.0.ip'],
  ])('is refused for %s that may only be left out', async (_, op, input, field) => {
    expect(await refused(op, input)).toEqual([field]);
  });

  it('means no metadata at all', async () => {
    expect(await validated(createVpc.input, { name: 'a', metadata: null })).toMatchObject({ metadata: {} });
  });
});

describe('texts that the database could not keep', () => {
  it.each(['nul \0', 'half a pair \ud800', 'bell \x07'])('are refused: %j', async (text) => {
    const image = { name: 'a', url: 'https://images.example/a', description: text };
    expect(await refused(createImage, image)).toEqual(['description']);
    expect(await refused(createVpc, { name: 'a', metadata: { team: text } })).toEqual(['metadata']);
    const vm = { name: 'a', imageId: ID, nics: [{ subnetId: SUBNET }] };
    expect(await refused(createVm, { ...vm, sshKeys: [text] })).toEqual(['sshKeys']);
  });

  it('are no emoji, accents or line breaks', async () => {
    const text = 'Zoë 🐘\n\tvient';
    expect(await refused(createVpc, { name: 'a', metadata: { team: text } })).toEqual([]);
  });
});

describe('an e-mail address', () => {
  const register = (email: string) => refused(registerTenant, { name: 'a', email, password: 'long-enough' });

  it.each([
    '"a b"@blue.example',
    '"a\r\nRCPT TO:<c@d.example>"@blue.example',
    '"ada@red.example x"@blue.example',
    'ad\u202ea@blue.example',
  ])('hides nothing: %j', async (email) => {
    expect(await register(email)).toEqual(['email']);
  });

  it.each(['ada@blue.example', 'ada+nubo@blue.example', "o'hara@blue.example", 'zoë@blue.example'])(
    'may be %s',
    async (email) => {
      expect(await register(email)).toEqual([]);
    },
  );
});
