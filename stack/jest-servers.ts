/** Jest loads its global set-up and tear-down apart from each other: what they share lives on globalThis. */
import { type TestServers } from './testing';

const shared = globalThis as { nuboTestServers?: TestServers };

export function keepServers(servers: TestServers): void {
  shared.nuboTestServers = servers;
}

export function keptServers(): TestServers | undefined {
  return shared.nuboTestServers;
}
