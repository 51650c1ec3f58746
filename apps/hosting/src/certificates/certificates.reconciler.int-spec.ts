/** When certificates of domains are asked for, and when not. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { addDomain } from '@nubo/contracts';
import { Run, type Outcome, type StepHook } from '@nubo/reconcile';
import { contextOf } from '@nubo/testing';
import { ProjectDomain } from '../../../../libs/entities/src/hosting';
import { LIMITS } from '../credentials/attempts.rules';
import { DomainStore } from '../domains/domains.store';
import { AcmeInMemory, CaaInMemory } from '../testing/acme-in-memory';
import { HostingWorld } from '../testing/hosting-world';
import { Acme } from './acme.driver';
import { Caa } from './caa.driver';
import { CertificatesReconciler } from './certificates.reconciler';

jest.setTimeout(60_000);

let count = 0;

class Certificates {
  private constructor(
    readonly world: HostingWorld,
    readonly acme: AcmeInMemory,
    readonly caa: CaaInMemory,
  ) {}

  static async open(): Promise<Certificates> {
    const [acme, caa] = [new AcmeInMemory(), new CaaInMemory()];
    const overrides = [[Acme, acme] as const, [Caa, caa] as const];
    return new Certificates(await HostingWorld.open({ idle: true, overrides }), acme, caa);
  }

  get reconciler(): CertificatesReconciler {
    return this.world.app.get(CertificatesReconciler);
  }

  /** A domain that is proven. */
  async domain(): Promise<string> {
    const who = await this.world.owner();
    const { id: project } = await this.world.create(who);
    const wish = { id: project, domain: `cert${(count += 1)}.example` };
    const { id } = await this.world.app.call(addDomain, contextOf(who), wish);
    await this.world.em.update(ProjectDomain, { id }, { state: 'active', held: true });
    return id;
  }

  row(id: string): Promise<ProjectDomain> {
    return this.world.em.findOneByOrFail(ProjectDomain, { id });
  }

  /** As the reconciler of domains does when one goes. */
  async end(id: string): Promise<void> {
    await this.world.app.get(DomainStore).end(await this.row(id));
  }

  hasFile(domain: string): boolean {
    return existsSync(join(this.world.folder, 'certificates', `${domain}.pem`));
  }

  run(id: string, beforeStep?: StepHook): Promise<Outcome> {
    const { signal } = new AbortController();
    const options = { kind: 'certificate', id, fence: 1, attempt: 1, signal, beforeStep };
    return this.reconciler.run(id, new Run(options));
  }
}

describe('a certificate', () => {
  let certificates: Certificates;

  beforeAll(async () => {
    certificates = await Certificates.open();
  });
  beforeEach(() => {
    Object.assign(certificates.acme, { asked: 0, refusal: undefined, meanwhile: () => Promise.resolve() });
  });
  afterAll(() => certificates?.world.stop());

  it('is asked for once, and then looked at', async () => {
    const id = await certificates.domain();
    expect(await certificates.run(id)).toMatchObject({ is: 'settled', recheckMs: 0 });
    expect(await certificates.run(id)).toMatchObject({ recheckMs: 86_400_000 });
    const { domain, certificateUntil, certificateFailures } = await certificates.row(id);
    expect([certificates.hasFile(domain), certificateFailures]).toEqual([true, 0]);
    expect(certificateUntil?.getTime()).toBeGreaterThan(Date.now());
    expect(certificates.acme.asked).toBe(1);
  });

  it('is not asked for again at once when its process dies before any step', async () => {
    for (let dies = 0; ; dies += 1) {
      const id = await certificates.domain();
      certificates.acme.asked = 0;
      let steps = 0;
      const beforeStep = () => {
        if (steps === dies) throw new TypeError('killed');
        steps += 1;
      };
      // The step that notes why dies as well: nothing of it is known.
      const done = await certificates.run(id, beforeStep).catch(() => undefined);
      for (let run = 0; run < 5; run += 1) await certificates.run(id);
      expect({ dies, asked: certificates.acme.asked <= 1 }).toEqual({ dies, asked: true });
      if (done) return;
    }
  });

  it('that is refused is not asked for again at once, and more and more seldom', async () => {
    const id = await certificates.domain();
    certificates.acme.refusal = 'no address';
    expect(await certificates.run(id)).toMatchObject({ is: 'settled', recheckMs: 600_000 });
    expect((await certificates.row(id)).certificateReason).toContain('no address');
    await certificates.run(id);
    expect(certificates.acme.asked).toBe(1);
    await certificates.world.em.update(ProjectDomain, { id }, { certificateTryAt: new Date() });
    expect(await certificates.run(id)).toMatchObject({ recheckMs: 1_200_000 });
    expect(certificates.acme.asked).toBe(2);
  });

  it('is not asked for while the owner of the domain lets others issue it only, and is once it may be', async () => {
    const id = await certificates.domain();
    certificates.caa.said = 'the CAA record of x.example lets nobody issue certificates for it';
    expect(await certificates.run(id)).toMatchObject({ is: 'settled', recheckMs: 600_000 });
    expect((await certificates.row(id)).certificateReason).toContain('CAA record of x.example');
    expect(certificates.acme.asked).toBe(0);
    certificates.caa.said = null;
    await certificates.world.em.update(ProjectDomain, { id }, { certificateTryAt: new Date() });
    await certificates.run(id);
    expect(certificates.acme.asked).toBe(1);
  });

  it('is asked for by no tenant more often than so', async () => {
    const id = await certificates.domain();
    certificates.acme.refusal = 'no';
    for (let n = 0; n < LIMITS.certificate.max; n += 1) {
      await certificates.world.em.update(ProjectDomain, { id }, { certificateTryAt: null });
      await certificates.run(id);
    }
    await certificates.world.em.update(ProjectDomain, { id }, { certificateTryAt: null });
    await certificates.run(id);
    expect(certificates.acme.asked).toBe(LIMITS.certificate.max);
    expect((await certificates.row(id)).certificateReason).toContain('Too many attempts');
    await certificates.run(await certificates.domain());
    expect(certificates.acme.asked).toBe(LIMITS.certificate.max + 1);
  });

  it('that comes after its domain has gone is kept nowhere', async () => {
    const id = await certificates.domain();
    const { domain } = await certificates.row(id);
    certificates.acme.meanwhile = () => certificates.end(id);
    await certificates.run(id);
    expect(certificates.acme.asked).toBe(1);
    expect(certificates.hasFile(domain)).toBe(false);
  });

  it('is asked for for proven domains only', async () => {
    const id = await certificates.domain();
    for (const state of ['pending', 'lost', 'error'] as const) {
      await certificates.world.em.update(ProjectDomain, { id }, { state });
      await certificates.run(id);
    }
    expect(await certificates.run(randomUUID())).toEqual({ is: 'gone' });
    expect(certificates.acme.asked).toBe(0);
  });
});
