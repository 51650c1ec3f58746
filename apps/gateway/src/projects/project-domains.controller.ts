import { addDomain, DomainView, listDomains, removeDomain } from '@nubo/contracts';
import { Ask, type Asked } from '../rest/asked';
import { Rest } from '../rest/rest.service';
import { Creates, Deletes, Lists, Noun } from '../rest/route.decorator';

@Noun('hosting/projects', 'Hosting')
export class ProjectDomainsController {
  constructor(private readonly rest: Rest) {}

  @Lists(listDomains, DomainView, 'List a project’s own domains', { path: ':id/domains' })
  listDomains(@Ask() asked: Asked): Promise<object[]> {
    return this.rest.list(asked);
  }

  @Creates(addDomain, 'Serve a project under a domain of your own', {
    path: ':id/domains',
    locatedBy: undefined,
    description:
      'The answer names the TXT record that proves that the domain is yours; it is looked for up to a week, and every hour once it is there. Asked again, it is looked for at once.',
  })
  addDomain(@Ask() asked: Asked): Promise<object> {
    return this.rest.create(asked);
  }

  @Deletes(removeDomain, 'Serve a project under a domain of your own no more', {
    path: ':id/domains/:domainId',
  })
  removeDomain(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.remove(asked);
  }
}
