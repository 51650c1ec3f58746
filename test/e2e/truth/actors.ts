/** Everybody of the truth table, as people of the two tenants of the story. */
import type { SessionView, UserView } from '@nubo/contracts';
import { login } from '../../../demo/chapters/platform';
import type { RestClient } from '../../../demo/rest-client';
import type { TenantOfTheStory, World } from '../../../demo/world';
import type { Actor } from '../../../libs/testing/src/truth';

export interface Person {
  rest: RestClient;
  userId: string;
  email: string;
}
export type Actors = Record<Actor, Person>;

const PASSWORD = 'mushrooms-on-toast';

/** The owner adds a member, who logs in. */
async function member(world: World, { rest, company }: TenantOfTheStory, who: string): Promise<Person> {
  const email = `${who.toLowerCase()}@${company}.example`;
  await rest.post<UserView>('/iaas/users', { email, password: PASSWORD });
  const session: SessionView = await login(world, PASSWORD, email);
  return { rest: world.rest.as(session.token), userId: session.userId, email };
}

const ownerOf = ({ rest, userId, email }: TenantOfTheStory): Person => ({ rest, userId, email });

export async function makeActors(world: World): Promise<Actors> {
  const [blue, red] = world.tenants;
  const of = (tenant: TenantOfTheStory) => (who: Actor) => member(world, tenant, who);
  const [maker, other, use, manage] = await Promise.all(
    (['maker', 'member', 'use', 'manage'] as const).map(of(blue)),
  );
  const [strangerUse, strangerManage] = await Promise.all(
    (['strangerUse', 'strangerManage'] as const).map(of(red)),
  );
  const nobody = { rest: world.rest, userId: '', email: '' };
  const admin = { rest: world.admin, userId: '', email: '' };
  const owners = { owner: ownerOf(blue), stranger: ownerOf(red) };
  return { nobody, admin, ...owners, maker, member: other, use, manage, strangerUse, strangerManage };
}
