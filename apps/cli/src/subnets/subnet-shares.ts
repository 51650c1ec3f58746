import type { Shares } from '../shares/shares';

export const subnetShares: Shares = {
  list: (api, id) => api.GET('/iaas/subnets/{id}/shares', { params: { path: { id } } }),
  add: (api, id, body, query) =>
    api.POST('/iaas/subnets/{id}/shares', { params: { path: { id }, query }, body }),
  remove: (api, id, userId, query) =>
    api.DELETE('/iaas/subnets/{id}/shares/{userId}', { params: { path: { id, userId }, query } }),
};
