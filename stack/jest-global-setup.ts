import { startTestServers } from './testing';
import { keepServers } from './jest-servers';

/** Gives the tests NUBO_TEST_DATABASE_URL and NUBO_TEST_NATS_URL. */
async function setUp(): Promise<void> {
  const servers = await startTestServers();
  keepServers(servers);
  process.env.NUBO_TEST_DATABASE_URL = servers.postgres.url;
  process.env.NUBO_TEST_NATS_URL = servers.nats.url;
}

module.exports = setUp;
