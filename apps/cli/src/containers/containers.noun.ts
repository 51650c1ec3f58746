import type { Schemas } from '../client/views';
import { created, id, named, state } from '../nouns/columns';
import type { RemovableNoun } from '../nouns/noun';
import { column } from '../output/columns';

type Container = Schemas['ContainerView'];

export const containers: RemovableNoun<Container> = {
  word: 'container',
  command: 'container',
  namedBy: 'name',
  columns: [
    id,
    named,
    state,
    column<Container>('ADDRESS', ({ nics }) => nics.map(({ ip }) => ip ?? '?').join(' ')),
    column<Container>('MEMORY', ({ memory }) => `${memory} MiB`, { align: 'right' }),
    column<Container>('CPU', ({ cpu }) => `${cpu} %`, { align: 'right' }),
    column<Container>('RESTARTS', ({ restarts }) => restarts, { align: 'right' }),
    column<Container>('LOCATION', ({ location }) => location),
    created,
  ],
  list: (api, query) => api.GET('/iaas/containers', { params: { query } }),
  get: (api, id) => api.GET('/iaas/containers/{id}', { params: { path: { id } } }),
  remove: (api, id, query) => api.DELETE('/iaas/containers/{id}', { params: { path: { id }, query } }),
};
