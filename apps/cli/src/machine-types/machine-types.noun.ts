import type { Schemas } from '../client/views';
import { id, named } from '../nouns/columns';
import type { RemovableNoun } from '../nouns/noun';
import { column } from '../output/columns';

type MachineType = Schemas['MachineTypeView'];

export const machineTypes: RemovableNoun<MachineType> = {
  word: 'machine type',
  command: 'machine-type',
  namedBy: 'name',
  columns: [
    id,
    named,
    column<MachineType>('VCPUS', ({ vcpus }) => vcpus, { align: 'right' }),
    column<MachineType>('MEMORY', ({ memory }) => `${memory} MiB`, { align: 'right' }),
    column<MachineType>('DISK', ({ disk }) => disk && `${disk} GiB`, { align: 'right' }),
    column<MachineType>('DESCRIPTION', ({ description }) => description),
  ],
  list: (api, query) => api.GET('/iaas/machine-types', { params: { query } }),
  get: (api, id) => api.GET('/iaas/machine-types/{id}', { params: { path: { id } } }),
  remove: (api, id, query) => api.DELETE('/iaas/machine-types/{id}', { params: { path: { id }, query } }),
};
