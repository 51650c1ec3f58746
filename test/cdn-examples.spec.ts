import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CreateDistribution, CreateRelease } from '@nubo/contracts';
import { srcdataErrors, wishOf } from '../apps/cdn/src/distributions/distributions.rules';

interface Content {
  schema: object;
  encoding?: object;
}
interface Document {
  components: { schemas: Record<string, { example: unknown }> };
  paths: Record<string, { post: { requestBody: { content: Record<string, Content> } } }>;
}

const document = JSON.parse(readFileSync(join(__dirname, '../docs/openapi.json'), 'utf8')) as Document;
const exampleOf = <T>(name: string): T => document.components.schemas[name]?.example as T;

describe('what the document shows of publishing', () => {
  it('is a distribution that would be accepted', () => {
    const example = exampleOf<CreateDistribution>('CreateDistribution');
    expect(wishOf(example, { locations: ['loc1', 'loc2'], paths: [], allowRanges: [] })).toEqual({
      subnet: '190.0.0.0/24',
      runtime: 'container',
      locations: ['loc1', 'loc2'],
      weights: [],
    });
  });

  it('is a release that would be accepted', () => {
    const { srcdata, ...rest } = exampleOf<CreateRelease>('CreateRelease');
    expect(rest).toEqual({});
    expect(srcdataErrors(srcdata ?? '', { paths: [], allowRanges: [] })).toEqual([]);
  });

  it.each([
    ['/cdn/distributions', 'CreateDistribution'],
    ['/cdn/distributions/{id}/releases', 'CreateRelease'],
  ])('is a form as well as JSON at %s', (path, name) => {
    const $ref = `#/components/schemas/${name}`;
    const content = document.paths[path]?.post.requestBody.content;
    expect(content?.['application/json']?.schema).toEqual({ $ref });
    expect(content?.['multipart/form-data']).toMatchObject({
      schema: {
        required: ['document', 'archive'],
        properties: { document: { $ref }, archive: { type: 'string', format: 'binary' } },
      },
      encoding: { document: { contentType: 'application/json' } },
    });
  });

  it('is a form nowhere else', () => {
    const forms = Object.entries(document.paths).filter(([, { post }]) =>
      Object.keys(post?.requestBody?.content ?? {}).includes('multipart/form-data'),
    );
    expect(forms.map(([path]) => path)).toEqual(['/cdn/distributions', '/cdn/distributions/{id}/releases']);
  });
});
