export interface PlatformOptions {
  readonly dataDir: string;
  /** REST port of the gateway; default 8080. The other services take the next four. */
  readonly httpPort?: number;
  /** The gateway answers over TLS, and not without it. */
  readonly tls?: boolean;
  /** A mail catcher of our own, or the URL of an SMTP server. */
  readonly mail: 'catcher' | { readonly smtpUrl: string };
  /** Off only for data that nobody wants to keep. */
  readonly fsync: boolean;
  /** Servers that run elsewhere: what is given here is not started. */
  readonly databaseUrl?: string;
  readonly natsUrl?: string;
  /** Holds `<service>/src/main.js`; default dist/apps. */
  readonly appsDir?: string;
  /** Settings for all services, e.g. NUBO_LOG_LEVEL. */
  readonly env?: Readonly<Record<string, string>>;
  readonly onProgress?: (line: string) => void;
  /** Ends the start; what has been started is stopped. */
  readonly signal?: AbortSignal;
}
