import type { Shares } from '../shares/shares';

export const vmShares: Shares = {
  list: (api, id) => api.GET('/iaas/vms/{id}/shares', { params: { path: { id } } }),
  add: (api, id, body, query) => api.POST('/iaas/vms/{id}/shares', { params: { path: { id }, query }, body }),
  remove: (api, id, userId, query) =>
    api.DELETE('/iaas/vms/{id}/shares/{userId}', { params: { path: { id, userId }, query } }),
};
