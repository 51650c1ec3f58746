import { NuboError, RESOURCE_FIELDS, type FilterFields } from '@nubo/contracts';
import fc from 'fast-check';
import { parseFilter } from './parse';
import { matches } from './testing/matches';

const FIELDS = {
  ...RESOURCE_FIELDS,
  vcpus: 'int',
  public: 'flag',
  externalIp: 'ip',
  roles: 'texts',
} as const satisfies FilterFields;

const parse = (text: string) => parseFilter(text, FIELDS);
const holds = (text: string, row: object): boolean => matches(parse(text), row as Record<string, unknown>);
const complaint = (text: string, fields: FilterFields = FIELDS): string => {
  try {
    parseFilter(text, fields);
  } catch (error) {
    if (error instanceof NuboError && error.code === 'invalid_input') return error.message;
    throw error;
  }
  return 'understood';
};

describe('a query', () => {
  it('is conditions with spaces between', () => {
    expect(parse('  name=web*  state!=error\tmetadata.team="the blue ones" vcpus>=2 ')).toEqual([
      { field: 'name', kind: 'text', operator: '=', wanted: { type: 'text', parts: ['web', ''] } },
      { field: 'state', kind: 'text', operator: '!=', wanted: { type: 'text', parts: ['error'] } },
      {
        field: 'metadata',
        kind: 'labels',
        key: 'team',
        operator: '=',
        wanted: { type: 'text', parts: ['the blue ones'] },
      },
      { field: 'vcpus', kind: 'int', operator: '>=', wanted: { type: 'number', value: 2 } },
    ]);
  });

  it.each(['', ' ', '\n\t'])('%j asks for nothing', (text) => {
    expect(parse(text)).toEqual([]);
  });

  it.each([
    ['name=a**b', ['a', 'b']],
    ['name="a* b"', ['a', ' b']],
    ['name="a\\* b"', ['a* b']],
    ['name="say \\"hi\\" \\\\"', ['say "hi" \\']],
    ['name=a\\b%_', ['a\\b%_']],
    ['name=""', ['']],
    ['name=a=b', ['a=b']],
    ['name="*a**"', ['', 'a', '']],
  ])('%s is about the texts %j', (text, parts) => {
    expect(parse(text)[0]?.wanted).toEqual({ type: 'text', parts });
  });

  it.each(['name=*', 'vcpus=*', 'public=*', 'createdAt=*', 'id=**', 'metadata.team!=*', 'roles="**"'])(
    '%s asks whether there is anything',
    (text) => {
      expect(parse(text)[0]?.wanted).toEqual({ type: 'present' });
    },
  );

  it('means the same moment in every zone', () => {
    const texts = ['2026-05-04', '2026-05-04T00:00Z', '2026-05-04t02:00:00.000+02:00'];
    const moments = texts.map((text) => parse(`createdAt>=${text}`)[0]?.wanted);
    expect(new Set(moments.map((wanted) => JSON.stringify(wanted))).size).toBe(1);
  });

  it('takes ids in either case', () => {
    const id = '3B1F8A52-6c0d-4f6e-9d2a-5e7c4b8a9f10';
    expect(parse(`id=${id}`)[0]?.wanted).toEqual({ type: 'text', parts: [id.toLowerCase()] });
  });

  it('with != finds what is absent, with no other operator', () => {
    const row = { metadata: {}, vcpus: null, roles: [] };
    expect(['metadata.team!=blue', 'vcpus!=2', 'roles!=network'].map((text) => holds(text, row))).toEqual([
      true,
      true,
      true,
    ]);
    const others = ['metadata.team=blue', 'metadata.team>a', 'vcpus<9', 'roles=*', 'metadata.team=*'];
    expect(others.filter((text) => holds(text, row))).toEqual([]);
  });
});

describe('a query that cannot be understood', () => {
  it.each([
    [
      'nmae=x',
      'at character 1: there is no field "nmae"; fields are id, name, tenantId, metadata.<key>, version, state, createdAt, updatedAt, vcpus, public, externalIp, roles',
    ],
    ['state=ready colour=red', 'at character 13: there is no field "colour"'],
    ['name', 'at character 5: an operator is missing: = != < <= > >='],
    ['name ~ x', 'at character 5: an operator is missing'],
    ['name=', 'at character 6: a value is missing; an empty one is ""'],
    ['name= x', 'at character 6: a value is missing'],
    ['name="x', 'at character 6: the closing " is missing'],
    ['name="x\\n"', 'at character 8: inside quotes \\ stands before ", \\ or * only'],
    ['name="x"y', 'at character 9: a space is missing'],
    ['name=x"y"', 'at character 7: a space is missing'],
    ['name=\u{1f600} x=1', 'at character 8: there is no field "x"'],
    ['=x', 'at character 1: a field is missing; fields are id'],
    ['vcpus=two', 'at character 7: must be a whole number'],
    ['vcpus=1*', 'at character 7: must be a whole number'],
    ['vcpus=1234567890123456', 'at character 7: must be a whole number'],
    ['public=yes', 'at character 8: must be true or false'],
    ['public>true', 'at character 7: this field knows = and != only'],
    ['roles<x', 'at character 6: this field knows = and != only'],
    ['id=web', 'at character 4: must be a UUID, or its beginning and *'],
    ['externalIp=10.0.0.256', 'at character 12: must be an IPv4 address, or its beginning and *'],
    ['createdAt>2026-02-30', 'at character 11: must be a time like 2026-05-04 or 2026-05-04T10:00:00Z'],
    ['createdAt>2026-05-04T10:00:00', 'at character 11: must be a time'],
    ['createdAt>0001-01-01', 'at character 11: must be a time'],
    ['name>web*', 'at character 6: wildcards go with = and != only'],
    ['metadata=x', 'at character 1: there is no field "metadata"'],
    ['metadata.=x', 'at character 1: "" is no key of metadata'],
    ['constructor=x', 'at character 1: there is no field "constructor"'],
    ['__proto__=x', 'at character 1: a field is missing'],
  ])('%s: %s', (text, message) => {
    expect(complaint(text)).toContain(`query: ${message}`);
  });

  it('has no metadata where the list has none', () => {
    expect(complaint('metadata.team=x', { name: 'text' })).toContain('fields are name');
  });

  it('is too long or has too many conditions', () => {
    expect(complaint(`name=${'x'.repeat(996)}`)).toContain('longer than 1000');
    const conditions = (n: number): string => Array.from({ length: n }, () => 'name=x').join(' ');
    expect(complaint(conditions(20))).toBe('understood');
    expect(complaint(conditions(21))).toContain('at character 141: there are more than 20 conditions');
  });
});

it('any text is understood or refused in words', () => {
  const texts = fc.oneof(fc.string({ unit: 'binary', maxLength: 80 }), fc.string({ maxLength: 80 }));
  fc.assert(
    fc.property(texts, (text) => {
      expect(complaint(text)).toMatch(/^(understood$|query: at character \d+: )/);
    }),
    { numRuns: 2000 },
  );
});

it('a text between quotes is that text and no other', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), fc.string({ maxLength: 40 }), (text, other) => {
      const query = `name="${text.replace(/["\\*]/g, '\\$&')}"`;
      expect(holds(query, { name: text })).toBe(true);
      expect(holds(query, { name: other })).toBe(text === other);
    }),
  );
});
