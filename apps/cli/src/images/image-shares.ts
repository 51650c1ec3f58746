import type { Shares } from '../shares/shares';

export const imageShares: Shares = {
  list: (api, id) => api.GET('/iaas/images/{id}/shares', { params: { path: { id } } }),
  add: (api, id, body, query) =>
    api.POST('/iaas/images/{id}/shares', { params: { path: { id }, query }, body }),
  remove: (api, id, userId, query) =>
    api.DELETE('/iaas/images/{id}/shares/{userId}', { params: { path: { id, userId }, query } }),
};
