import type { Shares } from '../shares/shares';

export const containerShares: Shares = {
  list: (api, id) => api.GET('/iaas/containers/{id}/shares', { params: { path: { id } } }),
  add: (api, id, body) => api.POST('/iaas/containers/{id}/shares', { params: { path: { id } }, body }),
  remove: (api, id, userId) =>
    api.DELETE('/iaas/containers/{id}/shares/{userId}', { params: { path: { id, userId } } }),
};
