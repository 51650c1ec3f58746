import { createReadStream } from 'node:fs';
import {
  Controller,
  Get,
  Headers,
  Param,
  ParseIntPipe,
  Query,
  StreamableFile,
  UseFilters,
} from '@nestjs/common';
import type { ProjectReleaseFiles } from '@nubo/contracts';
import { WireErrorFilter } from '@nubo/service';
import { Publication } from './publication.service';

/** The internal port: a service fetches a release with a ticket that it was given over the bus. */
@Controller('internal/releases/:projectId/:release')
@UseFilters(WireErrorFilter)
export class ReleaseFilesController {
  constructor(private readonly publication: Publication) {}

  @Get() list(
    @Headers('authorization') header: string | undefined,
    @Param('projectId') projectId: string,
    @Param('release', ParseIntPipe) number: number,
  ): Promise<ProjectReleaseFiles> {
    return this.publication.files(ticketIn(header), { projectId, number });
  }

  @Get('file') async file(
    @Headers('authorization') header: string | undefined,
    @Param('projectId') projectId: string,
    @Param('release', ParseIntPipe) number: number,
    @Query('path') path: string,
  ): Promise<StreamableFile> {
    const found = await this.publication.file(ticketIn(header), { projectId, number }, String(path));
    return new StreamableFile(createReadStream(found));
  }
}

const ticketIn = (header = ''): string => header.replace(/^Ticket /, '');
