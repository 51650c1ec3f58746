import type { Schemas } from '../client/views';
import { id, named, state } from '../nouns/columns';
import type { RemovableNoun } from '../nouns/noun';
import { column } from '../output/columns';

type Mapping = Schemas['MappingView'];

export const mappings: RemovableNoun<Mapping> = {
  word: 'mapping',
  command: 'pat',
  namedBy: 'name',
  columns: [
    id,
    named,
    state,
    column<Mapping>('FROM', (from) => `${from.externalIp}:${from.externalPort}/${from.protocol}`, {
      whole: true,
    }),
    column<Mapping>('TO', ({ targetIp, targetPort }) => `${targetIp ?? '?'}:${targetPort}`, { whole: true }),
    column<Mapping>('INSTANCE', ({ instanceId }) => instanceId),
  ],
  list: (api, query) => api.GET('/pat/mappings', { params: { query } }),
  get: (api, id) => api.GET('/pat/mappings/{id}', { params: { path: { id } } }),
  remove: (api, id, query) => api.DELETE('/pat/mappings/{id}', { params: { path: { id }, query } }),
};
