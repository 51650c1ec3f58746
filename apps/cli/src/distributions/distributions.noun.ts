import type { Schemas } from '../client/views';
import { created, id, named, state } from '../nouns/columns';
import type { RemovableNoun } from '../nouns/noun';
import { column } from '../output/columns';

export type Distribution = Schemas['DistributionView'];

export const distributions: RemovableNoun<Distribution> = {
  word: 'distribution',
  command: 'cdn',
  namedBy: 'name',
  columns: [
    id,
    named,
    state,
    column<Distribution>('CUSTOMER', ({ customerId }) => customerId, { whole: true }),
    column<Distribution>('LOCATIONS', ({ locations }) => locations.join(' ')),
    column<Distribution>('RELEASE', ({ release }) => release, { align: 'right' }),
    column<Distribution>('SUBNET', ({ subnet }) => subnet, { whole: true }),
    column<Distribution>('ORIGIN', ({ origin }) => origin),
    created,
  ],
  list: (api, query) => api.GET('/cdn/distributions', { params: { query } }),
  get: (api, id) => api.GET('/cdn/distributions/{id}', { params: { path: { id } } }),
  remove: (api, id, query) => api.DELETE('/cdn/distributions/{id}', { params: { path: { id }, query } }),
};
