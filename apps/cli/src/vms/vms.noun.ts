import type { Schemas } from '../client/views';
import { created, id, named, state } from '../nouns/columns';
import type { RemovableNoun } from '../nouns/noun';
import { column } from '../output/columns';

type Vm = Schemas['VmView'];

export const vms: RemovableNoun<Vm> = {
  word: 'VM',
  command: 'vm',
  namedBy: 'name',
  columns: [
    id,
    named,
    state,
    column<Vm>('ADDRESS', ({ nics }) => nics.map(({ ip }) => ip ?? '?').join(' ')),
    column<Vm>('VCPUS', ({ vcpus }) => vcpus, { align: 'right' }),
    column<Vm>('MEMORY', ({ memory }) => `${memory} MiB`, { align: 'right' }),
    column<Vm>('DISK', ({ disk }) => `${disk} GiB`, { align: 'right' }),
    column<Vm>('TYPE', ({ machineType }) => machineType),
    column<Vm>('LOCATION', ({ location }) => location),
    created,
  ],
  list: (api, query) => api.GET('/iaas/vms', { params: { query } }),
  get: (api, id) => api.GET('/iaas/vms/{id}', { params: { path: { id } } }),
  remove: (api, id, query) => api.DELETE('/iaas/vms/{id}', { params: { path: { id }, query } }),
};
