import { ResourceEntity } from '@nubo/persistence';
import { Entity } from 'typeorm';

/** A tenant; its `tenantId` is its own id, so that the rules of access hold for it as for everything in it. */
@Entity({ name: 'tenants' })
export class Tenant extends ResourceEntity {}
