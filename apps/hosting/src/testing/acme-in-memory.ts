import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unavailable } from '@nubo/contracts';
import type { Issued } from '../certificates/acme.driver';

const run = promisify(execFile);

/** An authority that signs by openssl, or says no. */
export class AcmeInMemory {
  readonly isKnown = true;
  asked = 0;
  /** What it says instead of giving one. */
  refusal?: string;
  /** Runs while it is asked. */
  meanwhile: () => Promise<void> = () => Promise.resolve();

  identities(): Promise<string[]> {
    return Promise.resolve(['ca.example']);
  }

  async obtain(domain: string): Promise<Issued> {
    this.asked += 1;
    await this.meanwhile();
    if (this.refusal) throw unavailable('refused', this.refusal);
    const folder = await mkdtemp(join(tmpdir(), 'nubo-acme-'));
    const [key, chain] = [join(folder, 'key'), join(folder, 'chain')];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '90'];
    const names = ['-subj', '/', '-addext', `subjectAltName=DNS:${domain}`];
    await run('openssl', ['req', '-x509', ...kind, ...names, '-keyout', key, '-out', chain]);
    const issued = { key: await readFile(key, 'utf8'), chain: await readFile(chain, 'utf8') };
    await rm(folder, { recursive: true });
    return issued;
  }
}

/** What owners of domains say about who may issue certificates. */
export class CaaInMemory {
  said: string | null = null;

  refusal(_domain: string, identities: string[]): Promise<string | null> {
    return Promise.resolve(identities.includes('ca.example') ? this.said : null);
  }
}
