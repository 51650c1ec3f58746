import type { Shares } from '../shares/shares';

export const projectShares: Shares = {
  list: (api, id) => api.GET('/hosting/projects/{id}/shares', { params: { path: { id } } }),
  add: (api, id, body) => api.POST('/hosting/projects/{id}/shares', { params: { path: { id } }, body }),
  remove: (api, id, userId) =>
    api.DELETE('/hosting/projects/{id}/shares/{userId}', { params: { path: { id, userId } } }),
};
