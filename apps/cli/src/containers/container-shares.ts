import type { Shares } from '../shares/shares';

export const containerShares: Shares = {
  list: (api, id) => api.GET('/iaas/containers/{id}/shares', { params: { path: { id } } }),
  add: (api, id, body, query) =>
    api.POST('/iaas/containers/{id}/shares', { params: { path: { id }, query }, body }),
  remove: (api, id, userId, query) =>
    api.DELETE('/iaas/containers/{id}/shares/{userId}', { params: { path: { id, userId }, query } }),
};
