import {
  addSigningKey,
  createDistribution,
  deleteDistribution,
  DistributionView,
  getDistribution,
  listDistributions,
  purgeDistribution,
  removeSigningKey,
  updateDistribution,
} from '@nubo/contracts';
import { Ask, type Asked } from '../rest/asked';
import { Rest } from '../rest/rest.service';
import { Creates, Deletes, Lists, Noun, Reads, Updates } from '../rest/route.decorator';
import { ArchiveUploads } from './archive-uploads.driver';
import { csvOf } from './csv.rules';

const FORMAT = {
  name: 'format',
  type: 'string',
  values: ['json', 'csv'],
  description: 'csv: one line each, with content, subnet and locations.',
  ofGateway: true,
} as const;

@Noun('cdn/distributions', 'CDN')
export class DistributionsController {
  constructor(
    private readonly rest: Rest,
    private readonly archives: ArchiveUploads,
  ) {}

  @Lists(listDistributions, DistributionView, 'List the distributions that you may see', {
    queries: [FORMAT],
  })
  async listDistributions(@Ask() asked: Asked): Promise<object[] | string> {
    const items = await this.rest.list(asked);
    if (asked.query['format'] !== 'csv') return items;
    asked.reply.type('text/csv; charset=utf-8');
    asked.reply.header('Content-Disposition', 'attachment; filename="distributions.csv"');
    return csvOf(items as DistributionView[]);
  }

  @Creates(createDistribution, 'Publish content at locations', {
    settledBy: getDistribution,
    forms: true,
    description:
      'As JSON: `srcdata` is a URL or a path that the operator allows, or `origin` is where edges fetch. As a form: the JSON in a field `document`, then an archive (tar, tar.gz, zip) as a file.',
  })
  async createDistribution(@Ask() asked: Asked): Promise<object> {
    return this.rest.create(await this.archives.taken(asked));
  }

  @Reads(getDistribution, 'Show a distribution and what each of its instances serves')
  getDistribution(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.read(asked);
  }

  @Updates(updateDistribution, 'Change a distribution; add and remove locations', {
    settledBy: getDistribution,
  })
  updateDistribution(@Ask() asked: Asked): Promise<object> {
    return this.rest.update(asked);
  }

  @Creates(purgeDistribution, 'Let edges fetch anew from the origin', {
    path: ':id/purges',
    status: 202,
    locatedBy: undefined,
    settledBy: getDistribution,
  })
  purgeDistribution(@Ask() asked: Asked): Promise<object> {
    return this.rest.create(asked);
  }

  @Creates(addSigningKey, 'Add a key that URLs must be signed with', {
    path: ':id/keys',
    description: 'HMAC-SHA256. The secret is shown once; two keys can live at a time.',
  })
  addSigningKey(@Ask() asked: Asked): Promise<object> {
    return this.rest.create(asked);
  }

  @Deletes(removeSigningKey, 'Remove a signing key', { path: ':id/keys/:keyId' })
  removeSigningKey(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.remove(asked);
  }

  @Deletes(deleteDistribution, 'Delete a distribution with all that it has', { settledBy: getDistribution })
  deleteDistribution(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.remove(asked);
  }
}
