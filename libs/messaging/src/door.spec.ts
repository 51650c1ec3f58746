import { ById, createVm, createVpc, getVm, NuboError, type FieldError } from '@nubo/contracts';
import { validated } from './door';

const VPC = { name: 'blue' };
const VM = { name: 'web-1', imageId: '3b1f8a52-6c0d-4f6e-9d2a-5e7c4b8a9f10' };

async function refusal(promise: Promise<object>): Promise<FieldError[]> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof NuboError)) throw error instanceof Error ? error : new Error('was accepted');
  expect(error).toMatchObject({ kind: 'invalid', code: 'invalid_input' });
  return error.details?.['fields'] as FieldError[];
}

describe('the door of an operation', () => {
  it('lets good input in as an instance of its class', async () => {
    const input = await validated(createVpc.input, { ...VPC, metadata: { team: 'blue' } });
    expect(input).toBeInstanceOf(createVpc.input);
    expect(input).toMatchObject({ name: 'blue', metadata: { team: 'blue' } });
  });

  // Its own class with the same field goes the long way.
  class Another extends ById {}

  it.each([
    { id: VM.imageId },
    { id: VM.imageId.toUpperCase() },
    { id: '3b1f8a52-6c0d-1f6e-9d2a-5e7c4b8a9f10' },
    { id: '3b1f8a52-6c0d-9f6e-9d2a-5e7c4b8a9f10' },
    { id: `${VM.imageId}\n` },
    { id: ` ${VM.imageId}` },
    { id: VM.imageId.slice(1) },
    { id: [VM.imageId] },
    { id: null },
    { name: VM.imageId },
    { id: VM.imageId, colour: 'red' },
    { colour: 'red', id: VM.imageId },
    {},
    [VM.imageId],
  ])('thinks of %j as an id what it thinks of it in any other class', async (plain) => {
    const said = (type: typeof ById): Promise<unknown> =>
      validated(type, plain).then(
        (input) => ({ ...input }),
        (error: NuboError) => error.details,
      );
    expect(await said(getVm.input)).toEqual(await said(Another));
  });

  it('knows an id as an instance of its class', async () => {
    const input = await validated(getVm.input, { id: VM.imageId });
    expect(input).toBeInstanceOf(ById);
    expect(input).toEqual({ id: VM.imageId });
  });

  it.each([null, undefined, 'text', 7, true, []])('refuses %p, which is no object', async (plain) => {
    expect(await refusal(validated(createVpc.input, plain))).toEqual([
      { field: '', message: 'must be a JSON object' },
    ]);
  });

  it('names every bad and every unknown field', async () => {
    const fields = await refusal(validated(createVpc.input, { name: 'No Name', colour: 'red', region: 7 }));
    expect(fields.map(({ field }) => field).sort()).toEqual(['colour', 'name', 'region', 'region']);
  });

  it('says once of a field that is missing', async () => {
    expect(await refusal(validated(createVpc.input, {}))).toEqual([{ field: 'name', message: 'is missing' }]);
  });

  it.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf', '__proto__', '__defineGetter__'])(
    'takes %s for the unknown field that it is',
    async (name) => {
      const plain = JSON.parse(`{ "name": "blue", "${name}": 1 }`) as object;
      expect(await refusal(validated(createVpc.input, plain))).toEqual([
        { field: name, message: 'there is no such field' },
      ]);
      const inside = { ...VPC, metadata: JSON.parse(`{ "${name}": "x" }`) as object };
      expect(await refusal(validated(createVpc.input, inside))).toMatchObject([
        { field: `metadata.${name}` },
      ]);
    },
  );

  it('refuses what is nested too deeply instead of running out of stack', async () => {
    const deep = JSON.parse(`{"name":${'['.repeat(100_000)}${']'.repeat(100_000)}}`) as object;
    expect(await refusal(validated(createVpc.input, deep))).toMatchObject([
      { message: 'is nested too deeply' },
    ]);
  });

  it.each([['x'], [null], [[]], [1], {}, 'x'].map((nics) => [nics]))(
    'refuses %j for a list of NICs',
    async (nics) => {
      const fields = await refusal(validated(createVm.input, { ...VM, nics }));
      expect(fields.every(({ field }) => field.startsWith('nics'))).toBe(true);
    },
  );

  it('keeps its answer short when nearly everything is wrong', async () => {
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`f${i}`.padEnd(500, 'x'), 1]));
    const fields = await refusal(validated(createVpc.input, { ...VPC, ...many }));
    expect(fields).toHaveLength(20);
    expect(fields[0]?.field).toHaveLength(100);
  });

  it.each(['unknown fields', 'labels', 'items'])('does not look at all of 50,000 %s', async (what) => {
    const many = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`f${i}`, 'x']));
    const plain = { 'unknown fields': many, labels: { metadata: many }, items: { name: Object.keys(many) } }[
      what
    ];
    const [field, ...more] = await refusal(validated(createVpc.input, { ...VPC, ...plain }));
    expect(field?.message).toBe('holds more than 2000 values');
    expect(more).toEqual([]);
  });
});
