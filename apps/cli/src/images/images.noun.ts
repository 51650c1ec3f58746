import type { Schemas } from '../client/views';
import { bytes, created, id, named, state } from '../nouns/columns';
import type { RemovableNoun } from '../nouns/noun';
import { column } from '../output/columns';

type Image = Schemas['ImageView'];

export const images: RemovableNoun<Image> = {
  word: 'image',
  command: 'image',
  namedBy: 'name',
  columns: [
    id,
    named,
    state,
    column<Image>('SIZE', ({ size }) => bytes(size), { align: 'right' }),
    column<Image>('PUBLIC', (image) => image.public),
    column<Image>('DESCRIPTION', ({ description }) => description),
    created,
  ],
  list: (api, query) => api.GET('/iaas/images', { params: { query } }),
  get: (api, id) => api.GET('/iaas/images/{id}', { params: { path: { id } } }),
  remove: (api, id, query) => api.DELETE('/iaas/images/{id}', { params: { path: { id }, query } }),
};
