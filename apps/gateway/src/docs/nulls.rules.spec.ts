import { Ajv } from 'ajv';
import { allowNulls } from './nulls.rules';

const view = { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] };

it('a view that may be missing may be null, and nothing else', () => {
  const project = { type: 'object', nullable: true, description: 'Whose it is.', allOf: [view] };
  const fits = (value: unknown): boolean => new Ajv({ strict: false }).validate(project, value);
  expect(fits(null)).toBe(false);
  allowNulls([{ properties: { project, name: { type: 'string' } } }]);
  expect([null, { id: 'a' }, {}, 'a'].map(fits)).toEqual([true, true, false, false]);
  expect(project.description).toBe('Whose it is.');
});
