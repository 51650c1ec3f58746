import { Controller, Headers, Param, Put, Query, Req, UseFilters, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { ImageView } from '@nubo/contracts';
import { acceptStreams, STREAMED, WireErrorFilter } from '@nubo/service';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ImageUploads } from './image-uploads.service';

/** The internal port: the gateway brings the content of images with a ticket that it was given over the bus. */
@Controller('internal/images')
@UseFilters(WireErrorFilter)
export class ImageContentController implements OnModuleInit {
  constructor(
    private readonly uploads: ImageUploads,
    private readonly http: HttpAdapterHost,
  ) {}

  onModuleInit(): void {
    acceptStreams(this.http.httpAdapter.getInstance<FastifyInstance>());
  }

  @Put(':id/content')
  @RouteConfig(STREAMED)
  receive(
    @Param('id') imageId: string,
    @Query('offset') offset: string,
    @Headers() headers: Record<string, string | undefined>,
    @Req() { raw }: FastifyRequest,
  ): Promise<ImageView> {
    const ticket = (headers['authorization'] ?? '').replace(/^Ticket /, '');
    const length = headers['content-length'];
    const arriving = { imageId, offset: Number(offset), ticket, ...(length && { length: Number(length) }) };
    return this.uploads.receive(arriving, raw);
  }
}
