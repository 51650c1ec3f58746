import { Body, Controller, Delete, HttpCode, Param, Post, UseFilters, UseGuards } from '@nestjs/common';
import {
  CheckSftpKey,
  OpenSftpSession,
  SftpActivity,
  SftpSessionId,
  type SftpSessionView,
} from '@nubo/contracts';
import { validated } from '@nubo/messaging';
import { WireErrorFilter } from '@nubo/service';
import { SftpSecretGuard } from './sftp-secret.guard';
import { SftpSessions } from './sftp-sessions.service';

/** The internal port: the SFTP server says who wants in, and what they do. */
@Controller('internal/sftp')
@UseFilters(WireErrorFilter)
@UseGuards(SftpSecretGuard)
export class SftpSessionsController {
  constructor(private readonly sessions: SftpSessions) {}

  @Post('sessions') async open(@Body() body: unknown): Promise<SftpSessionView> {
    return this.sessions.open(await validated(OpenSftpSession, body));
  }

  @Post('keys') @HttpCode(204) async checkKey(@Body() body: unknown): Promise<void> {
    await this.sessions.checkKey(await validated(CheckSftpKey, body));
  }

  @Post('sessions/:sessionId/activity') @HttpCode(204) async note(
    @Param() named: unknown,
    @Body() body: unknown,
  ): Promise<void> {
    const { sessionId } = await validated(SftpSessionId, named);
    await this.sessions.note(sessionId, await validated(SftpActivity, body));
  }

  @Delete('sessions/:sessionId') @HttpCode(204) async close(@Param() named: unknown): Promise<void> {
    await this.sessions.close((await validated(SftpSessionId, named)).sessionId);
  }
}
