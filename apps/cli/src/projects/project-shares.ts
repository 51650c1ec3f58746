import type { Shares } from '../shares/shares';

export const projectShares: Shares = {
  list: (api, id) => api.GET('/hosting/projects/{id}/shares', { params: { path: { id } } }),
  add: (api, id, body, query) =>
    api.POST('/hosting/projects/{id}/shares', { params: { path: { id }, query }, body }),
  remove: (api, id, userId, query) =>
    api.DELETE('/hosting/projects/{id}/shares/{userId}', { params: { path: { id, userId }, query } }),
};
