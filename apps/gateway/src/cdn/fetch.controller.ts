import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OpenToAll } from '../rest/open-to-all';
import { ContentFetch } from './content-fetch.driver';
import { targetOf } from './fetch.rules';

/** What customers publish, for anybody: paths of theirs are no part of the API. Keys and expiry are checked at the edges. */
@OpenToAll()
@ApiExcludeController()
@Controller('cdn')
export class FetchController {
  constructor(private readonly content: ContentFetch) {}

  @Get(':customerId/*')
  fetch(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.content.pass(request, reply, targetOf(request.url));
  }
}
