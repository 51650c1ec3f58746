import { ADMIN, type World } from '../world';
import type { HostView, SessionView, UserView } from '@nubo/contracts';
import type { Step } from '../step';

export const platform = (onProgress: (text: string) => void): Step[] => [
  { title: 'Two compute hosts and a network host come up', run: makeHosts },
  {
    title: 'Postgres, NATS, mail, web, DNS, SFTP and seven services start',
    run: (world) => world.startPlatform(onProgress),
  },
];

async function makeHosts(world: World): Promise<string> {
  await world.startHosts();
  const hosts = world.hostNames.map((name) => world.lab.host(name));
  return hosts.map((host) => `${host.name} ${host.address} (${host.location})`).join('\n');
}

export const administrator: Step[] = [
  { title: 'The administrator logs in and must change the password first', run: firstLogin },
  { title: 'Three hosts are enrolled with address, user and password', run: enrolHosts },
];

async function firstLogin(world: World): Promise<string> {
  const first = await login(world, ADMIN.firstPassword);
  await world.rest.as(first.token).put<UserView>(`/iaas/users/${first.userId}`, {
    currentPassword: ADMIN.firstPassword,
    password: ADMIN.password,
  });
  const second = await login(world, ADMIN.password);
  world.admin = world.rest.as(second.token);
  return `must change: ${first.mustChangePassword} → ${second.mustChangePassword}`;
}

export const login = (world: World, password: string, email = ADMIN.email): Promise<SessionView> =>
  world.rest.post<SessionView>('/iaas/sessions', { email, password });

async function enrolHosts(world: World): Promise<string> {
  world.hosts = await Promise.all(world.hostNames.map((name) => enrol(world, name)));
  const bad = world.hosts.find((host) => host.state !== 'ready');
  if (bad) throw new Error(`${bad.name} is ${bad.state}: ${bad.stateReason}`);
  return world.hosts.map(describeHost).join('\n');
}

/** What an administrator sends to enrol a lab host. */
export function enrolment({ lab }: World, name: string): object {
  const { interface: device, range, gateway } = lab.external;
  const external = { interface: device, range, prefix: 24, gateway };
  const { address, user, password, location, roles } = lab.host(name);
  return { name, address, user, password, location, roles, ...(roles.includes('network') && { external }) };
}

const enrol = (world: World, name: string): Promise<HostView> =>
  world.admin.post<HostView>('/iaas/hosts?wait=60s', enrolment(world, name));

const describeHost = (host: HostView): string =>
  `${host.name}: ${host.state}, ${host.roles.join('+')}, ${host.virt ? `runs ${host.virt}, ` : ''}${host.vcpus.total} vCPUs, ${host.memory.total} MiB, key ${host.hostKey}`;
