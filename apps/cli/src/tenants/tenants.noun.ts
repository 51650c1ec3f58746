import type { Schemas } from '../client/views';
import { created, id, named, state } from '../nouns/columns';
import type { RemovableNoun } from '../nouns/noun';

export const tenants: RemovableNoun<Schemas['TenantView']> = {
  word: 'tenant',
  command: 'tenant',
  namedBy: 'name',
  columns: [id, named, state, created],
  list: (api, query) => api.GET('/iaas/tenants', { params: { query } }),
  get: (api, id) => api.GET('/iaas/tenants/{id}', { params: { path: { id } } }),
  remove: (api, id, query) => api.DELETE('/iaas/tenants/{id}', { params: { path: { id }, query } }),
};
