import type { Schemas } from '../client/views';
import { created, id, named, state } from '../nouns/columns';
import type { RemovableNoun } from '../nouns/noun';
import { column } from '../output/columns';

type Vpc = Schemas['VpcView'];

export const vpcs: RemovableNoun<Vpc> = {
  word: 'VPC',
  command: 'vpc',
  namedBy: 'name',
  columns: [
    id,
    named,
    state,
    column<Vpc>('REGION', ({ region }) => region),
    column<Vpc>('EXTERNAL', ({ externalIp }) => externalIp),
    created,
  ],
  list: (api, query) => api.GET('/iaas/vpcs', { params: { query } }),
  get: (api, id) => api.GET('/iaas/vpcs/{id}', { params: { path: { id } } }),
  remove: (api, id, query) => api.DELETE('/iaas/vpcs/{id}', { params: { path: { id }, query } }),
};
