import { createSession, endSessions } from '@nubo/contracts';
import { Ask, type Asked } from '../rest/asked';
import { Rest } from '../rest/rest.service';
import { Acts, Noun } from '../rest/route.decorator';

@Noun('iaas/sessions', 'Sessions')
export class SessionsController {
  constructor(private readonly rest: Rest) {}

  @Acts('POST', createSession, 'Log in', {
    status: 201,
    plainText: true,
    description: 'Answers the bare token as text; with `Accept: application/json` the whole session.',
  })
  createSession(@Ask() asked: Asked): Promise<object | string> {
    return this.rest.actInText(asked, 'token');
  }

  @Acts('DELETE', endSessions, 'Log out everywhere: ends all sessions of the caller', {
    status: 204,
    whilePasswordPending: 'always',
  })
  endSessions(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.act(asked);
  }
}
