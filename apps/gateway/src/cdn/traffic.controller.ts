import { readTraffic, type TrafficView } from '@nubo/contracts';
import { Ask, type Asked } from '../rest/asked';
import { Rest } from '../rest/rest.service';
import { Acts, Noun } from '../rest/route.decorator';
import { figuresOf } from './traffic-figures.rules';
import { pictureOf } from './traffic-picture.rules';

const MINUTES = {
  name: 'minutes',
  type: 'integer',
  description:
    'How many of the last minutes, at most 1440; default 60. Long spans of many instances are summed.',
} as const;
const FORMAT = {
  name: 'format',
  type: 'string',
  values: ['json', 'prometheus', 'svg'],
  description: 'prometheus: sums as text; svg: a picture.',
  ofGateway: true,
} as const;

@Noun('cdn/distributions', 'CDN')
export class TrafficController {
  constructor(private readonly rest: Rest) {}

  @Acts('GET', readTraffic, 'Show what edges answered, by minute', {
    path: ':id/traffic',
    queries: [MINUTES, FORMAT],
  })
  async readTraffic(@Ask() asked: Asked): Promise<object | string | undefined> {
    const view = (await this.rest.act(asked)) as TrafficView;
    switch (asked.query['format']) {
      case 'prometheus':
        asked.reply.type('text/plain; version=0.0.4; charset=utf-8');
        return figuresOf(view);
      case 'svg':
        asked.reply.type('image/svg+xml; charset=utf-8');
        return pictureOf(view);
      default:
        return view;
    }
  }
}
