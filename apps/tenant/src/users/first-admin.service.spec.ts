import { Readiness } from '@nubo/observability';
import type { Database, Intentions } from '@nubo/persistence';
import type { PasswordsService } from '../credentials/passwords.service';
import type { TenantConfig } from '../tenant.config';
import { FirstAdminService } from './first-admin.service';

it('the service is not ready before somebody can log in', async () => {
  const readiness = new Readiness();
  let found = (): void => undefined;
  const known = new Promise<boolean>((resolve) => (found = () => resolve(true)));
  const database = { ready: async () => undefined } as unknown as Database;
  const intentions = { read: () => known } as unknown as Intentions;
  const [passwords, config] = [{} as PasswordsService, {} as TenantConfig];
  new FirstAdminService(database, intentions, passwords, config, readiness).onApplicationBootstrap();
  await expect(readiness.run('administrator')).rejects.toThrow('administrator');
  found();
  await new Promise((resolve) => setImmediate(resolve));
  await expect(readiness.run('administrator')).resolves.toBeUndefined();
});
