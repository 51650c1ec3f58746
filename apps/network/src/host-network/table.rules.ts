import { createHash } from 'node:crypto';
import type { Table } from './plan';

export function tableOf(document: string): Table {
  return { document, digest: createHash('sha256').update(document).digest('hex').slice(0, 32) };
}

/** A MAC of our own that is always the same, so that neighbours need not learn another one after a reboot. */
export function macFrom(...seed: string[]): string {
  const digest = createHash('sha256').update(seed.join('/')).digest('hex');
  return ['02', ...(digest.slice(0, 10).match(/../g) ?? [])].join(':');
}
