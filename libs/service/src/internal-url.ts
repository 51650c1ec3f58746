import type { AddressInfo, Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { text } from '@nubo/config';

/** Where other services reach this replica's HTTP port: what NUBO_INTERNAL_URL says, else where it listens. */
@Injectable()
export class InternalUrl {
  private readonly given = text('NUBO_INTERNAL_URL', '').replace(/\/$/, '');

  constructor(private readonly http: HttpAdapterHost) {}

  /** The URL of `path`, which begins with a slash. */
  of(path: string): string {
    return (this.given || this.own()) + path;
  }

  private own(): string {
    const server = this.http.httpAdapter.getHttpServer() as Server;
    const { address, port } = server.address() as AddressInfo;
    const host = isWildcard(address) ? ownAddress() : address;
    return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  }
}

const isWildcard = (address: string): boolean => address === '0.0.0.0' || address === '::';

/** Of a container: the only one that it has. */
function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}
