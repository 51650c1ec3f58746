import type { Shares } from '../shares/shares';

export const vpcShares: Shares = {
  list: (api, id) => api.GET('/iaas/vpcs/{id}/shares', { params: { path: { id } } }),
  add: (api, id, body) => api.POST('/iaas/vpcs/{id}/shares', { params: { path: { id } }, body }),
  remove: (api, id, userId) =>
    api.DELETE('/iaas/vpcs/{id}/shares/{userId}', { params: { path: { id, userId } } }),
};
