import { Controller } from '@nestjs/common';
import {
  createSession,
  CreateSession,
  endSessions,
  Nothing,
  SessionView,
  type RequestContext,
} from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { SessionsService } from './sessions.service';

@Controller()
export class SessionsHandler {
  constructor(private readonly sessions: SessionsService) {}

  @Handles(createSession) create(ctx: RequestContext, input: CreateSession): Promise<SessionView> {
    return this.sessions.create(ctx, input);
  }

  @Handles(endSessions) end(ctx: RequestContext, input: Nothing): Promise<Nothing> {
    return this.sessions.end(ctx, input);
  }
}
