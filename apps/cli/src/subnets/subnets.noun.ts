import type { Schemas } from '../client/views';
import { created, id, named, state } from '../nouns/columns';
import type { RemovableNoun } from '../nouns/noun';
import { column } from '../output/columns';

type Subnet = Schemas['SubnetView'];

export const subnets: RemovableNoun<Subnet> = {
  word: 'subnet',
  command: 'subnet',
  namedBy: 'name',
  columns: [
    id,
    named,
    state,
    column<Subnet>('CIDR', ({ cidr }) => cidr, { whole: true }),
    column<Subnet>('GATEWAY', ({ gateway }) => gateway),
    column<Subnet>('DHCP', ({ dhcp }) => dhcp),
    column<Subnet>('VPC', ({ vpcId }) => vpcId),
    created,
  ],
  list: (api, query) => api.GET('/iaas/subnets', { params: { query } }),
  get: (api, id) => api.GET('/iaas/subnets/{id}', { params: { path: { id } } }),
  remove: (api, id, query) => api.DELETE('/iaas/subnets/{id}', { params: { path: { id }, query } }),
};
