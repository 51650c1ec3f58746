import { Controller } from '@nestjs/common';
import {
  CompletePasswordReset,
  completePasswordReset,
  MailRequest,
  MailRequested,
  Nothing,
  requestPasswordReset,
  type RequestContext,
} from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { PasswordResetsService } from './password-resets.service';

@Controller()
export class PasswordResetsHandler {
  constructor(private readonly resets: PasswordResetsService) {}

  @Handles(requestPasswordReset) request(ctx: RequestContext, input: MailRequest): Promise<MailRequested> {
    return this.resets.request(ctx, input);
  }

  @Handles(completePasswordReset) complete(
    ctx: RequestContext,
    input: CompletePasswordReset,
  ): Promise<Nothing> {
    return this.resets.complete(ctx, input);
  }
}
