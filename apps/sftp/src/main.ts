import { atStop, endProcess, integer, text } from '@nubo/config';
import { log, startMetrics } from '@nubo/observability';
import { HostingBackend } from './backends/hosting.driver';
import { hostKey } from './connections/host-key.driver';
import { startHealth } from './health/health';
import { sftpConfig } from './sftp.config';
import { SftpServer } from './sftp.server';

/** Shorter than whoever stops us waits before they kill, ms. */
const LAST_WORDS_MS = 5_000;

async function start(): Promise<void> {
  const config = sftpConfig();
  const server = new SftpServer({
    host: config.host,
    port: config.port,
    hostKey: hostKey(config.hostKeyFile),
    backend: new HostingBackend({ url: config.hostingUrl, secret: config.secret, dir: config.hostingDir }),
    admission: { perAddress: config.perAddress, waitingPerAddress: Math.min(16, config.perAddress) },
    authentication: { tries: 6, keys: 20, deniedMs: 2_000 },
    graceMs: 30_000,
  });
  const port = await server.listen();
  atStop(() => server.close(), LAST_WORDS_MS);
  startMetrics();
  await startHealth(text('NUBO_HTTP_HOST', '127.0.0.1'), integer('NUBO_HTTP_PORT', 8080, [0, 65535]));
  log.info({ port }, 'sftp listens');
}

start().catch((error: unknown) => {
  log.fatal({ err: error }, 'sftp cannot start');
  endProcess(1, 200);
});
