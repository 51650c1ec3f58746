/** What tests of the command line share. */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createSession } from '@nubo/contracts';
import { testGateway, type TestGateway } from '../../apps/gateway/src/testing/test-gateway';
import { temporaryFolder } from '../../stack/testing';
import { CliProcesses } from './cli-process';

export const ID = '3b1f8a52-6c0d-4f6e-9d2a-5e7c4b8a9f10';
export const OTHER = '3b1f8a52-7777-4f6e-9d2a-5e7c4b8a9f10';
export const vm = (more: object = {}): object => ({
  id: ID,
  name: 'web-1',
  tenantId: ID,
  metadata: {},
  version: 1,
  state: 'running',
  stateReason: null,
  createdAt: '2026-05-04T10:00:00.000Z',
  updatedAt: '2026-05-04T10:00:00.000Z',
  imageId: ID,
  hostId: null,
  location: 'loc1',
  vcpus: 1,
  memory: 512,
  disk: 1,
  nics: [{ portId: ID, subnetId: ID, ip: '190.0.0.10', mac: null }],
  ...more,
});

const inTenMinutes = (): string => new Date(Date.now() + 600_000).toISOString();

/** A gateway with stand-ins behind it, and `nubo` with a fresh home before each test. */
export class CliFixture {
  gateway!: TestGateway;
  nubo!: CliProcesses;
  userId = '';

  static install(): CliFixture {
    const fixture = new CliFixture();
    beforeAll(async () => void (fixture.gateway = await testGateway()));
    afterAll(() => fixture.gateway?.stop());
    beforeEach(() => fixture.begin());
    afterEach(() => rmSync(fixture.nubo.home, { recursive: true, force: true }));
    return fixture;
  }

  /** Whoever logs in is Ada, an owner. */
  answerLogins(expiresAt = inTenMinutes()): void {
    const session = {
      userId: this.userId,
      tenantId: ID,
      role: 'owner',
      mustChangePassword: false,
      expiresAt,
    };
    this.gateway.services.answer(createSession, () => ({ token: this.token(), ...session }));
  }

  /** As after `nubo login`. */
  logIn(): void {
    const { userId } = this;
    const session = { email: 'ada@blue.example', userId, tenantId: ID, role: 'owner' };
    this.nubo.keepSession({ ...session, token: this.token(), expiresAt: inTenMinutes() });
  }

  private token(): string {
    return this.gateway.token({ sub: this.userId, tid: ID });
  }

  private begin(): void {
    this.gateway.services.reset();
    this.userId = randomUUID();
    this.nubo = new CliProcesses(temporaryFolder(), this.gateway.url);
    this.answerLogins();
  }
}
