/** What web servers read: certificates with their keys by domain, and the answers that authorities look for. */
import { createPrivateKey, randomUUID, X509Certificate } from 'node:crypto';
import { chmod, chown, link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { unprocessable } from '@nubo/contracts';
import { HostingConfig } from '../hosting.config';
import type { Validity } from './certificates.rules';

/** RFC 8555, 8.3: the place of an answer, and what is in the name of one. */
const WELL_KNOWN = join('.well-known', 'acme-challenge');
const TOKEN = /^[\w-]{1,200}$/;
/** No authority looks for an answer that long. */
const ANSWER_MS = 86_400_000;

@Injectable()
export class CertificateFiles {
  private readonly certificates: string;
  private readonly challenges: string;
  private readonly account: string;

  constructor(private readonly config: HostingConfig) {
    this.certificates = join(config.folder, 'certificates');
    this.challenges = join(config.folder, 'challenges', WELL_KNOWN);
    this.account = join(config.folder, 'acme', 'account.pem');
  }

  /** Nothing for a domain without a certificate that names it. */
  async validity(domain: string): Promise<Validity | undefined> {
    const pem = await readFile(this.file(domain)).catch(() => undefined);
    try {
      const certificate = pem && new X509Certificate(pem);
      if (!certificate?.checkHost(domain)) return undefined;
      return { from: new Date(certificate.validFrom), to: new Date(certificate.validTo) };
    } catch {
      return undefined;
    }
  }

  /** A web server reads the old certificate and its key, or the new ones. Throws `unprocessable`: not for that domain, or not of that key. */
  async put(domain: string, chain: string, key: string): Promise<Validity> {
    const certificate = new X509Certificate(chain);
    if (!certificate.checkHost(domain) || !certificate.checkPrivateKey(createPrivateKey(key)))
      throw unprocessable('wrong_certificate', `What the authority gave is no certificate of ${domain}.`);
    await mkdir(this.certificates, { recursive: true });
    await chmod(this.certificates, 0o711);
    await this.removeDrafts(domain);
    await this.replace(this.file(domain), `${chain.trimEnd()}\n${key}`);
    return { from: new Date(certificate.validFrom), to: new Date(certificate.validTo) };
  }

  async remove(domain: string): Promise<void> {
    await rm(this.file(domain), { force: true });
    await this.removeDrafts(domain);
  }

  /** From now on web servers answer `token` with `text`, under every name. */
  async answer(token: string, text: string): Promise<void> {
    if (!TOKEN.test(token)) throw unprocessable('wrong_token', 'The authority asks for what is no token.');
    await mkdir(this.challenges, { recursive: true });
    await this.forgetAnswers();
    for (const folder of ['', '.well-known', WELL_KNOWN])
      await chmod(join(this.config.folder, 'challenges', folder), 0o711);
    await writeFile(join(this.challenges, token), text);
    await chmod(join(this.challenges, token), 0o644);
  }

  async answerNoMore(token: string): Promise<void> {
    if (TOKEN.test(token)) await rm(join(this.challenges, token), { force: true });
  }

  /** The key of the platform's account at authorities; what `make` makes when there is none. All replicas get the same. */
  async accountKey(make: () => Promise<string>): Promise<string> {
    const known = await readFile(this.account, 'utf8').catch(() => undefined);
    if (known) return known;
    await mkdir(join(this.config.folder, 'acme'), { recursive: true, mode: 0o700 });
    const draft = `${this.account}.${randomUUID()}`;
    await writeFile(draft, await make(), { mode: 0o600 });
    // Who comes second finds the first one's.
    await link(draft, this.account).catch(() => undefined);
    await rm(draft);
    return readFile(this.account, 'utf8');
  }

  /** Keys in files that never got their name: whoever wrote them was killed. One at a time works on a domain. */
  private async removeDrafts(domain: string): Promise<void> {
    const begin = `${domain}.pem.`;
    const names = await readdir(this.certificates).catch(() => []);
    for (const name of names.filter((each) => each.startsWith(begin)))
      await rm(join(this.certificates, name), { force: true });
  }

  /** Answers that nobody took away: whoever gave them was killed. */
  private async forgetAnswers(): Promise<void> {
    for (const name of await readdir(this.challenges)) {
      const path = join(this.challenges, name);
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
      if (Date.now() - mtimeMs > ANSWER_MS) await rm(path, { force: true });
    }
  }

  private file(domain: string): string {
    return join(this.certificates, `${domain}.pem`);
  }

  private async replace(path: string, text: string): Promise<void> {
    const draft = `${path}.${randomUUID()}`;
    await writeFile(draft, text, { mode: 0o600 });
    const { webOwner } = this.config;
    if (webOwner) await chown(draft, webOwner.uid, webOwner.gid);
    await rename(draft, path);
  }
}
