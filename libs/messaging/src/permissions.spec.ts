import { ALLOWED_CALLS, callableBy, operationsOf, SERVICES, type ServiceName } from '@nubo/contracts';
import { assertNoCallCycles, BUS_USERS, natsServerConfig, type BusUser } from './permissions';

const passwords = Object.fromEntries(BUS_USERS.map((user) => [user, `secret of ${user}`])) as Record<
  BusUser,
  string
>;
const config = natsServerConfig({ port: 4222, storeDir: '/data/js', passwords });

/** What the configuration lets a service publish. */
function publishableBy(service: ServiceName): string[] {
  const [, list] =
    new RegExp(`user: ${service},[\\s\\S]*?publish: \\{ allow: (\\[.*?\\]) \\}`).exec(config) ?? [];
  return JSON.parse(list ?? '[]') as string[];
}

describe('calls between services', () => {
  it('have no cycle', () => {
    expect(() => assertNoCallCycles(ALLOWED_CALLS)).not.toThrow();
  });

  it('with a cycle are refused with its path', () => {
    const calls = { a: ['b'], b: ['c'], c: ['a'] };
    expect(() => assertNoCallCycles(calls)).toThrow('call cycle: a → b → c → a');
  });
});

describe('the permissions of a service on the bus', () => {
  it.each(SERVICES)('let %s call exactly what it may call', (service) => {
    const subjects = SERVICES.flatMap(operationsOf).map(({ subject }) => subject);
    const callable = callableBy(service).map(({ subject }) => subject);
    expect(publishableBy(service).filter((subject) => subjects.includes(subject))).toEqual(callable);
  });

  it.each(SERVICES)('hold no wildcard over operations for %s', (service) => {
    const wild = publishableBy(service).filter((subject) => /[*>]/.test(subject));
    for (const subject of wild) expect(subject).toMatch(/^(event|\$JS|\$KV)\./);
  });

  it('keep what is made for services from the gateway', () => {
    const forServices = SERVICES.flatMap(operationsOf).filter(({ permission }) => permission === 'service');
    expect(forServices.length).toBeGreaterThan(5);
    const gateway = publishableBy('gateway');
    for (const { subject } of forServices) expect(gateway).not.toContain(subject);
  });

  it('keep what is made for the gateway by itself from everybody else', () => {
    const subjects = SERVICES.flatMap(operationsOf)
      .filter(({ permission }) => permission === 'gateway')
      .map(({ subject }) => subject);
    expect(subjects).toContain('tenant.audit.note');
    for (const subject of subjects) {
      const callers = SERVICES.filter((service) => publishableBy(service).includes(subject));
      expect({ subject, callers }).toEqual({ subject, callers: ['gateway'] });
    }
  });

  it.each(SERVICES)('let %s publish its own events only', (service) => {
    const events = publishableBy(service).filter((subject) => subject.startsWith('event.'));
    expect(events).toEqual([`event.${service}.>`]);
  });

  it('let the tenant service alone write revocations, and the gateway alone follow them', () => {
    const writers = SERVICES.filter((service) => publishableBy(service).some((s) => s.startsWith('$KV.')));
    expect(writers).toEqual(['tenant']);
    const followers = SERVICES.filter((service) =>
      publishableBy(service).includes('$JS.API.CONSUMER.CREATE.KV_revocations'),
    );
    expect(followers).toEqual(['gateway']);
  });

  it('quote passwords', () => {
    const odd = natsServerConfig({ port: 1, storeDir: '/', passwords: { ...passwords, pat: 'a"b\\c' } });
    expect(odd).toContain(String.raw`password: "a\"b\\c"`);
  });
});
