/** How nginx shows certificates: Lua chooses one for each connection (certificates.lua). */

export interface WebTls {
  readonly port: number;
  /** The certificate of the zone of projects with its key; also what clients get that ask for no other name. */
  readonly zone: string;
  /** Holds those of other names, `<name>.pem`. */
  readonly folder: string;
  /** Holds what public authorities look for, below the path at which they do (RFC 8555, 8.3). */
  readonly challenges: string;
}

/** In the block `http`. */
export const TLS_SESSIONS = `  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_session_cache shared:tls:4m;
  ssl_session_tickets off;
`;

/**
 * In a server. With variables in ssl_certificate nginx 1.22 would read and parse files at every handshake: three times the
 * work. What stands there is needed at the start only.
 */
export const tlsOf = (tls: WebTls | undefined, listen: string): string =>
  tls
    ? `
    listen ${listen} ssl http2;
    ssl_certificate ${tls.zone};
    ssl_certificate_key ${tls.zone};
    ssl_certificate_by_lua_block { require('certificates').choose('${tls.folder}', '${tls.zone}') }`
    : '';

/** In the server of sites, first: a site has what else it likes there. */
export const challengesOf = (tls: WebTls | undefined): string =>
  tls
    ? `    if ($kind = challenge) { rewrite ^(.*)$ /.nubo-challenge$1 last; }
    location ^~ /.nubo-challenge/ {
      internal;
      access_log off;
      default_type text/plain;
      alias ${tls.challenges}/;
    }
`
    : '';
