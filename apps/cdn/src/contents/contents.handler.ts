import { Controller } from '@nestjs/common';
import { Nothing, openContent, type ContentTicket, type RequestContext } from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { ContentsService } from './contents.service';

@Controller()
export class ContentsHandler {
  constructor(private readonly contents: ContentsService) {}

  @Handles(openContent)
  open(ctx: RequestContext, _input: Nothing): Promise<ContentTicket> {
    return this.contents.open(ctx);
  }
}
