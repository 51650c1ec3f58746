import type { Schemas } from '../client/views';
import { created, id, named, state } from '../nouns/columns';
import type { RemovableNoun } from '../nouns/noun';
import { column } from '../output/columns';

type Project = Schemas['ProjectView'];

export const projects: RemovableNoun<Project> = {
  word: 'project',
  command: 'project',
  namedBy: 'name',
  columns: [id, named, state, column<Project>('URL', ({ url }) => url, { whole: true }), created],
  list: (api, query) => api.GET('/hosting/projects', { params: { query } }),
  get: (api, id) => api.GET('/hosting/projects/{id}', { params: { path: { id } } }),
  remove: (api, id, query) => api.DELETE('/hosting/projects/{id}', { params: { path: { id }, query } }),
};
