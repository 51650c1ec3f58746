import type { Schemas } from '../client/views';
import { created, id, named, state } from '../nouns/columns';
import type { RemovableNoun } from '../nouns/noun';
import { column } from '../output/columns';

type User = Schemas['UserView'];

export const users: RemovableNoun<User> = {
  word: 'user',
  command: 'user',
  namedBy: 'email',
  columns: [
    id,
    column<User>('EMAIL', ({ email }) => email, { whole: true }),
    named,
    column<User>('ROLE', ({ role }) => role),
    state,
    column<User>('TENANT', ({ tenantId }) => tenantId),
    created,
  ],
  list: (api, query) => api.GET('/iaas/users', { params: { query } }),
  get: (api, id) => api.GET('/iaas/users/{id}', { params: { path: { id } } }),
  remove: (api, id, query) => api.DELETE('/iaas/users/{id}', { params: { path: { id }, query } }),
};
