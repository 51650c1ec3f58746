import { errorOf, isMissing, isStranger } from './errors.rules';

const answer = (code: number, message: string): Error =>
  Object.assign(new Error(`HTTP-Code: ${code}`), { code, body: JSON.stringify({ kind: 'Status', message }) });

it.each([
  [answer(403, 'pods "x" is forbidden: exceeded quota: nubo'), 'exhausted', 'cluster_quota'],
  [answer(422, 'Deployment "x" is invalid: spec'), 'unprocessable', 'cluster_refused'],
  [answer(403, 'unable to create: namespace is being terminated'), 'unavailable', 'cluster_unavailable'],
  [answer(404, 'namespaces "x" not found'), 'unavailable', 'cluster_unavailable'],
  [answer(429, 'too many requests'), 'unavailable', 'cluster_unavailable'],
  [answer(500, 'etcdserver: leader changed'), 'unavailable', 'cluster_unavailable'],
])('%s is %s', (error, kind, code) => {
  expect(errorOf(error)).toMatchObject({ kind, code, cause: error });
});

it('takes a server that is away for unavailable', () => {
  const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  expect(errorOf(away)).toMatchObject({ kind: 'unavailable', code: 'cluster_away' });
});

it('tells what is not there, and who is not known', () => {
  expect(isMissing(answer(404, ''))).toBe(true);
  expect(isMissing(answer(403, ''))).toBe(false);
  expect(isStranger(answer(401, ''))).toBe(true);
  expect(isStranger(new Error('401'))).toBe(false);
});
