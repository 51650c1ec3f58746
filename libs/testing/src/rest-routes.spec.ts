import { callableBy, isForPeople } from '@nubo/contracts';
import { restRoutes } from './rest-routes';

describe('the routes of the OpenAPI document', () => {
  it('are one for every operation of the contracts that people may ask for', () => {
    const declared = callableBy('gateway')
      .filter(isForPeople)
      .map(({ subject, permission }) => `${subject} ${permission}`);
    const shown = restRoutes().map(({ operation, permission }) => `${operation} ${permission}`);
    expect(shown.sort()).toEqual(declared.sort());
  });

  it('bring a body where they take one', () => {
    const routes = restRoutes();
    expect(routes.find(({ operationId }) => operationId === 'createVpc')).toMatchObject({
      method: 'POST',
      path: '/iaas/vpcs',
      body: { name: 'web-1' },
    });
    const streamed = ['uploadImage'];
    const bare = routes.filter(({ body, operationId }) => !body && !streamed.includes(operationId));
    const without = bare.map(({ method }) => method);
    expect([...new Set(without)].sort()).toEqual(['DELETE', 'GET']);
  });
});
