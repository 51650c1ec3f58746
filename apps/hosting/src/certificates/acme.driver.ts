import { Agent } from 'node:https';
import { Injectable } from '@nestjs/common';
import { unavailable } from '@nubo/contracts';
import { Client, axios, crypto } from 'acme-client';
import { HostingConfig } from '../hosting.config';
import { CertificateFiles } from './certificate-files.driver';

const REQUEST_MS = 20_000;
/** Of an order that is being worked on. */
const LOOK = { backoffAttempts: 20, backoffMin: 1_000, backoffMax: 5_000 };

/** RFC 8555, 6.7. */
const NO_ACCOUNT = 'urn:ietf:params:acme:error:accountDoesNotExist';

/** acme-client throws what an authority says, without the kind of problem. */
function withType<R extends { status: number; data: unknown }>(response: R): R {
  const { data, status } = response;
  if (status < 400 || typeof data !== 'object' || data === null || !('type' in data)) return response;
  const { type, detail = '' } = data as { type: unknown; detail?: unknown };
  Object.assign(data, { detail: `${String(detail)} (${String(type)})` });
  return response;
}

/** RFC 8555, 7.1.1. */
interface Directory {
  meta?: { caaIdentities?: string[] };
}

export interface Issued {
  /** PEM of the certificate and those above it. */
  chain: string;
  key: string;
}

/** A public authority, asked by RFC 8555; it finds its answers at the web server of sites (http-01). */
@Injectable()
export class Acme {
  constructor(
    private readonly config: HostingConfig,
    private readonly files: CertificateFiles,
  ) {
    // By itself it would try again for as long as the authority says, hours perhaps: the row says when, and everybody sees it.
    Object.assign(axios.defaults, { timeout: REQUEST_MS });
    Object.assign((axios.defaults as { acmeSettings?: object }).acmeSettings ?? {}, { retryMaxAttempts: 0 });
    axios.interceptors.response.use(withType);
    if (config.acmeCa) axios.defaults.httpsAgent = new Agent({ ca: config.acmeCa });
  }

  /** Whether there is an authority to ask. */
  get isKnown(): boolean {
    return this.config.acmeUrl !== '';
  }

  /** What it calls itself in CAA records; none when it does not say, or does not answer. */
  async identities(): Promise<string[]> {
    const answer = await axios.get<Directory>(this.config.acmeUrl).catch(() => undefined);
    return answer?.data?.meta?.caaIdentities ?? [];
  }

  /** Throws what the authority says when it does not issue one; `unavailable` when it says nothing. */
  async obtain(domain: string): Promise<Issued> {
    try {
      return await this.order(domain);
    } catch (error) {
      // acme-client 5.4 stumbles over the answer that is not there.
      if (!(error instanceof TypeError)) throw error;
      throw unavailable('authority_unavailable', `${this.config.acmeUrl} does not answer`);
    }
  }

  private async order(domain: string): Promise<Issued> {
    const client = await this.client();
    const key = (await crypto.createPrivateEcdsaKey()).toString();
    const [, csr] = await crypto.createCsr({ altNames: [domain] }, key);
    const { acmeEmail: email } = this.config;
    const chain = await client.auto({
      csr,
      ...(email && { email }),
      termsOfServiceAgreed: true,
      // What leads to us is asked for from outside: from here it may look different.
      skipChallengeVerification: true,
      challengePriority: ['http-01'],
      challengeCreateFn: (_order, { token }, text) => this.files.answer(token, text),
      challengeRemoveFn: (_order, { token }) => this.files.answerNoMore(token),
    });
    return { chain, key };
  }

  private async client(): Promise<Client> {
    const accountKey = await this.files.accountKey(async () =>
      (await crypto.createPrivateEcdsaKey()).toString(),
    );
    const client = new Client({ directoryUrl: this.config.acmeUrl, accountKey, ...LOOK });
    // Else acme-client 5.4 would change the account that is there, and not every authority lets it.
    await client.createAccount({ onlyReturnExisting: true }).catch((error: unknown) => {
      if (!(error instanceof Error) || !error.message.includes(NO_ACCOUNT)) throw error;
    });
    return client;
  }
}
