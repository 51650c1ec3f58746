import type { Schemas } from '../client/views';
import { id, named, state } from '../nouns/columns';
import type { RemovableNoun } from '../nouns/noun';
import { column } from '../output/columns';

type Host = Schemas['HostView'];
type Capacity = Schemas['Capacity'];

const usedOf = ({ used, total }: Capacity): string => `${used}/${total}`;

export const hosts: RemovableNoun<Host> = {
  word: 'host',
  command: 'host',
  namedBy: 'name',
  columns: [
    id,
    named,
    state,
    column<Host>('LOCATION', ({ location }) => location),
    column<Host>('ROLES', ({ roles }) => roles.join(',')),
    column<Host>('VIRT', ({ virt }) => virt),
    column<Host>('VCPUS', ({ vcpus }) => usedOf(vcpus), { align: 'right' }),
    column<Host>('MEMORY MiB', ({ memory }) => usedOf(memory), { align: 'right' }),
    column<Host>('DISK GiB', ({ disk }) => usedOf(disk), { align: 'right' }),
    column<Host>('ADDRESS', ({ address }) => address),
  ],
  list: (api, query) => api.GET('/iaas/hosts', { params: { query } }),
  get: (api, id) => api.GET('/iaas/hosts/{id}', { params: { path: { id } } }),
  remove: (api, id, query) => api.DELETE('/iaas/hosts/{id}', { params: { path: { id }, query } }),
};
