import type { Api } from '../client/api';
import type { Fetched } from '../client/answers';
import type { ListQuery } from '../client/pages';
import type { Schemas } from '../client/views';
import type { ChangeQuery } from '../nouns/noun';

export type Quota = Schemas['QuotaView'];
export type Kind = Quota['kind'];

export interface Limit {
  kind: Kind;
  limit: number | null;
  query: ChangeQuery;
}

/** The quotas of tenants, or of users. */
export interface Quotas {
  list(api: Api, id: string): Promise<Fetched<Quota[]>>;
  set(api: Api, id: string, limit: Limit): Promise<Fetched<Quota>>;
  uses(api: Api, id: string, page: ListQuery & { kind: Kind }): Promise<Fetched<Schemas['QuotaUseView'][]>>;
}

export const ofTenants: Quotas = {
  list: (api, id) => api.GET('/iaas/tenants/{id}/quotas', { params: { path: { id } } }),
  set: (api, tenantId, { kind, limit, query }) =>
    api.PUT('/iaas/tenants/{tenantId}/quotas/{kind}', {
      params: { path: { tenantId, kind }, query },
      body: { limit },
    }),
  uses: (api, id, { kind, ...query }) =>
    api.GET('/iaas/tenants/{id}/quotas/{kind}/uses', { params: { path: { id, kind }, query } }),
};

export const ofUsers: Quotas = {
  list: (api, id) => api.GET('/iaas/users/{id}/quotas', { params: { path: { id } } }),
  set: (api, userId, { kind, limit, query }) =>
    api.PUT('/iaas/users/{userId}/quotas/{kind}', {
      params: { path: { userId, kind }, query },
      body: { limit },
    }),
  uses: (api, id, { kind, ...query }) =>
    api.GET('/iaas/users/{id}/quotas/{kind}/uses', { params: { path: { id, kind }, query } }),
};
