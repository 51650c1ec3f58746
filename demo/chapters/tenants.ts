import type { ImageView, SessionView, ShareView, TenantRegistered, TenantView } from '@nubo/contracts';
import { caughtMails } from '../../stack/mail';
import type { Step } from '../step';
import { until } from '../wait';
import type { TenantOfTheStory, World } from '../world';
import { login } from './platform';

const BLUE = {
  company: 'blue-lab',
  email: 'ada@blue.example',
  password: 'tomatoes-and-basil',
  secondIp: '190.0.0.50',
};
const RED = {
  company: 'red-hosting',
  email: 'grace@red.example',
  password: 'bicycles-in-the-rain',
  secondIp: '190.0.0.60',
};
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

type Person = Pick<TenantOfTheStory, 'company' | 'email' | 'password' | 'secondIp'>;

export const tenants: Step[] = [
  { title: 'Ada registers the tenant blue-lab; its UUID comes by mail', run: (world) => join(world, BLUE) },
  { title: 'Grace registers the tenant red-hosting', run: (world) => join(world, RED) },
  { title: 'The administrator adds the guest image from a URL and shares it', run: addImage },
];

async function join(world: World, person: Person): Promise<string> {
  const { company: name, email, password } = person;
  const answer = await world.rest.post<TenantRegistered>('/iaas/tenants', { name, email, password });
  if (UUID.test(JSON.stringify(answer))) throw new Error('the answer to a registration holds an id');
  const tenantId = await until(`a mail to ${email}`, 20, () => uuidFromMail(world, email));
  await world.rest.post<TenantView>(`/iaas/tenants/${tenantId}/activation`, { password });
  const session: SessionView = await login(world, password, email);
  const rest = world.rest.as(session.token);
  world.tenants.push({
    ...person,
    tenantId,
    userId: session.userId,
    rest,
    vms: [],
    mappings: [],
  } as unknown as TenantOfTheStory);
  return `mail to ${email}: ${tenantId}; activated, logged in as ${session.role}`;
}

async function uuidFromMail({ platform }: World, email: string): Promise<string | undefined> {
  const mails = await caughtMails(platform.mailUrl ?? '', email);
  return UUID.exec(mails.at(-1)?.text ?? '')?.[0];
}

async function addImage(world: World): Promise<string> {
  const { url, sha256 } = await world.serveImage();
  const body = { url, sha256, name: 'tiny', description: 'A small Linux that answers SSH and HTTP' };
  world.image = await world.admin.post<ImageView>('/iaas/images?wait=60s', body);
  if (world.image.state !== 'ready')
    throw new Error(`the image is ${world.image.state}: ${world.image.stateReason}`);
  for (const { email } of world.tenants)
    await world.admin.post<ShareView>(`/iaas/images/${world.image.id}/shares`, { user: email });
  return `${world.image.id}.qcow2, ${((world.image.size ?? 0) / 1e6).toFixed(1)} MB, sha256 checked, shared with ${world.tenants.length} tenants`;
}
