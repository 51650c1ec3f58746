import { PRINTABLE } from './fields';
import { TextMap } from './text-map';

const KEY = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}$/;
const MAX_KEYS = 50;
const MAX_VALUE = 255;

/** The customer's own labels. */
export type MetadataMap = Record<string, string>;

/** Free labels: at most 50 keys, values are texts of at most 255 characters; null is none. */
export const Metadata = (): PropertyDecorator =>
  TextMap({
    name: 'isMetadata',
    key: KEY,
    value: PRINTABLE,
    maxKeys: MAX_KEYS,
    maxValue: MAX_VALUE,
    message: `$property must be at most ${MAX_KEYS} texts of at most ${MAX_VALUE} characters under keys like "team" or "cost-centre"`,
    example: { team: 'blue' },
  });
