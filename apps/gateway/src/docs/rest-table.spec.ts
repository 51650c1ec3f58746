import type { OpenAPIObject } from '@nestjs/swagger';
import { routesIn } from './document';
import type { Schema } from './examples.rules';
import { openApiDocument } from './offline';

/** The table that somebody who knows nothing else works from: method, path, and what the query or the body may hold. */
const TABLE = `
POST   /iaas/sessions                      email password
GET    /iaas/hosts                         ?query
POST   /iaas/hosts                         address user password
PUT    /iaas/hosts/:hostId
DELETE /iaas/hosts/:hostId
GET    /iaas/users                         ?query
POST   /iaas/users                         email password
PUT    /iaas/users/:userId                 password
DELETE /iaas/users/:userId
GET    /iaas/images                        ?query
POST   /iaas/images                        url name description
PUT    /iaas/images/:imgId                 name description
DELETE /iaas/images/:imgId
GET    /iaas/images/:imgId/shares
POST   /iaas/images/:imgId/shares          user
DELETE /iaas/images/:imgId/shares/:userId
GET    /iaas/vms                           ?query
POST   /iaas/vms                           imageId memory
PUT    /iaas/vms/:vmId                     state name
DELETE /iaas/vms/:vmId
GET    /iaas/vms/:vmId/shares
POST   /iaas/vms/:vmId/shares              user
DELETE /iaas/vms/:vmId/shares/:userId
POST   /iaas/vms/:vmId/snapshots           name description
`;

interface Row {
  method: string;
  path: string;
  query: string[];
  fields: string[];
}

const rows: Row[] = TABLE.trim()
  .split('\n')
  .map((line) => {
    const [method = '', path = '', ...names] = line.split(/\s+/);
    const query = names.filter((name) => name.startsWith('?')).map((name) => name.slice(1));
    return { method, path, query, fields: names.filter((name) => !name.startsWith('?')) };
  });

/** What a parameter is called does not matter to who fills it in. */
const shape = (path: string): string => path.replace(/:\w+|\{\w+\}/g, '*');

describe('the table of REST', () => {
  let document: OpenAPIObject;
  beforeAll(async () => {
    document = await openApiDocument();
  });

  it.each(rows)('has $method $path', ({ method, path, query, fields }) => {
    const route = routesIn(document).find(
      (each) => each.method === method && shape(each.path) === shape(path),
    );
    const parameters = route?.operation.parameters?.map(({ name }) => name);
    expect(parameters ?? []).toEqual(expect.arrayContaining(query));
    const name =
      route?.operation.requestBody?.content['application/json']?.schema?.$ref?.split('/').at(-1) ?? '';
    const schemas: Record<string, Schema | undefined> = document.components?.schemas ?? {};
    const schema = schemas[name];
    expect(Object.keys(schema?.properties ?? {})).toEqual(expect.arrayContaining(fields));
    expect(route).toBeDefined();
  });
});
