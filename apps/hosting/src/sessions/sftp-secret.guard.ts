import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { unauthenticated } from '@nubo/contracts';
import type { FastifyRequest } from 'fastify';
import { HostingConfig } from '../hosting.config';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Lets the SFTP server in and nobody else; without a secret nobody at all. */
@Injectable()
export class SftpSecretGuard implements CanActivate {
  constructor(private readonly config: HostingConfig) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    const { sftpSecret } = this.config;
    const given = digest(headers.authorization ?? '');
    if (sftpSecret !== '' && timingSafeEqual(given, digest(`Bearer ${sftpSecret}`))) return true;
    throw unauthenticated('wrong_secret', 'This is for the SFTP server.');
  }
}
