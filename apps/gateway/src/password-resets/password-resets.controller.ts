import { completePasswordReset, requestPasswordReset } from '@nubo/contracts';
import { Ask, type Asked } from '../rest/asked';
import { Rest } from '../rest/rest.service';
import { Acts, Noun } from '../rest/route.decorator';

@Noun('iaas/password-resets', 'Sessions')
export class PasswordResetsController {
  constructor(private readonly rest: Rest) {}

  @Acts('POST', requestPasswordReset, 'Ask for a mail with a code that sets a new password', {
    status: 202,
    description: 'The answer is the same whether the address has an account or not.',
  })
  requestPasswordReset(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.act(asked);
  }

  @Acts('POST', completePasswordReset, 'Set a new password with the code; ends all sessions', {
    path: ':resetId/completion',
    status: 204,
  })
  completePasswordReset(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.act(asked);
  }
}
