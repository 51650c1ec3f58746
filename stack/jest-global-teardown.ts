import { keptServers } from './jest-servers';

async function tearDown(): Promise<void> {
  await keptServers()?.stop();
}

module.exports = tearDown;
