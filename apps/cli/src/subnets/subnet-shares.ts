import type { Shares } from '../shares/shares';

export const subnetShares: Shares = {
  list: (api, id) => api.GET('/iaas/subnets/{id}/shares', { params: { path: { id } } }),
  add: (api, id, body) => api.POST('/iaas/subnets/{id}/shares', { params: { path: { id } }, body }),
  remove: (api, id, userId) =>
    api.DELETE('/iaas/subnets/{id}/shares/{userId}', { params: { path: { id, userId } } }),
};
