import type { Shares } from '../shares/shares';

export const vpcShares: Shares = {
  list: (api, id) => api.GET('/iaas/vpcs/{id}/shares', { params: { path: { id } } }),
  add: (api, id, body, query) =>
    api.POST('/iaas/vpcs/{id}/shares', { params: { path: { id }, query }, body }),
  remove: (api, id, userId, query) =>
    api.DELETE('/iaas/vpcs/{id}/shares/{userId}', { params: { path: { id, userId }, query } }),
};
