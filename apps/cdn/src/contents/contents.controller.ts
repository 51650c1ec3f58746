import { Controller, Headers, Param, Put, Req, UseFilters, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { ContentView } from '@nubo/contracts';
import { acceptStreams, STREAMED, WireErrorFilter } from '@nubo/service';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ContentsService } from './contents.service';

/** The internal port: the gateway brings archives with a ticket that it was given over the bus. */
@Controller('internal/contents')
@UseFilters(WireErrorFilter)
export class ContentsController implements OnModuleInit {
  constructor(
    private readonly contents: ContentsService,
    private readonly http: HttpAdapterHost,
  ) {}

  onModuleInit(): void {
    acceptStreams(this.http.httpAdapter.getInstance<FastifyInstance>());
  }

  @Put(':id')
  @RouteConfig(STREAMED)
  receive(
    @Param('id') id: string,
    @Headers() headers: Record<string, string | undefined>,
    @Req() { raw }: FastifyRequest,
  ): Promise<ContentView> {
    const ticket = (headers['authorization'] ?? '').replace(/^Ticket /, '');
    return this.contents.receive(id, ticket, raw);
  }
}
