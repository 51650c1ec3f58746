import { VM_STATES, type CreateVm } from '@nubo/contracts';
import {
  createErrors,
  guestWentOff,
  isSshKey,
  mayAsk,
  mayReboot,
  SHUTDOWN_MS,
  shuttingDown,
} from './vms.rules';

const blob = (type: string, length = 32): string => {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(type.length);
  return Buffer.concat([head, Buffer.from(type), Buffer.alloc(4 + length, 7)]).toString('base64');
};

describe('an SSH key', () => {
  it.each(['ssh-ed25519', 'ssh-rsa', 'ecdsa-sha2-nistp256', 'sk-ssh-ed25519@openssh.com'])(
    'may be %s',
    (type) => {
      expect(isSshKey(`${type} ${blob(type)}`)).toBe(true);
      expect(isSshKey(`${type} ${blob(type)} ada@blue.test laptop`)).toBe(true);
    },
  );

  it.each([
    ['nothing', ''],
    ['words', 'hello world'],
    ['another type than its blob says', `ssh-rsa ${blob('ssh-ed25519')}`],
    ['a short blob', `ssh-ed25519 ${Buffer.from('abc').toString('base64')}`],
    ['two lines', `ssh-ed25519 ${blob('ssh-ed25519')}\nssh-ed25519 ${blob('ssh-ed25519')}`],
    ['options before the key', `command="x" ssh-ed25519 ${blob('ssh-ed25519')}`],
    ['a quote in the comment', `ssh-ed25519 ${blob('ssh-ed25519')} a"b`],
    ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----'],
    ['DSA', `ssh-dss ${blob('ssh-dss')}`],
  ])('is not %s', (_what, key) => expect(isSshKey(key)).toBe(false));
});

describe('a wish for a VM', () => {
  const subnetId = '0b5e7f62-2f6e-4c6f-8a24-1f3a0a0f7c11';
  const wish = (overrides: Partial<CreateVm> = {}): CreateVm => ({
    name: 'web',
    imageId: subnetId,
    nics: [{ subnetId }],
    ...overrides,
  });

  it('may be plain', () => expect(createErrors(wish())).toEqual([]));

  it('may have two NICs in one subnet, but not with one address', () => {
    expect(createErrors(wish({ nics: [{ subnetId }, { subnetId }] }))).toEqual([]);
    const twice = [{ subnetId, ip: '190.0.0.5' }, { subnetId }, { subnetId, ip: '190.0.0.5' }];
    expect(createErrors(wish({ nics: twice })).map(({ field }) => field)).toEqual(['nics.2.ip']);
  });

  it('is told every bad field at once', () => {
    const errors = createErrors(wish({ nics: [], sshKeys: ['x', 'y'], userData: 'é'.repeat(17_000) }));
    expect(errors.map(({ field }) => field)).toEqual(['nics', 'sshKeys.0', 'sshKeys.1', 'userData']);
  });
});

describe('asking a VM to run or to stop', () => {
  it('is possible in every state but these', () => {
    const refused = VM_STATES.flatMap((state) =>
      (['running', 'stopped'] as const)
        .filter((wanted) => !mayAsk(state, wanted))
        .map((wanted) => `${state} ${wanted}`),
    );
    expect(refused).toEqual(['creating stopped', 'deleting running', 'deleting stopped']);
  });

  it('leaves the guest its time to shut down, once', () => {
    const now = new Date('2026-01-01T00:01:00Z');
    const ago = (ms: number): Date => new Date(now.getTime() - ms);
    expect(shuttingDown(null, now)).toBe(false);
    expect(shuttingDown(ago(SHUTDOWN_MS - 1), now)).toBe(true);
    expect(shuttingDown(ago(SHUTDOWN_MS), now)).toBe(false);
  });
});

describe('a domain that is off', () => {
  const seen = { state: 'running' as const, stopAskedAt: null };
  const off = { is: 'off', byGuest: true };

  it('was meant to be when its guest ended in order and nobody had asked', () => {
    expect(guestWentOff(seen, off)).toBe(true);
  });

  it.each([
    ['it crashed', seen, { is: 'off', byGuest: false }],
    ['it is gone', seen, { is: 'missing' }],
    ['it was asked to', { ...seen, stopAskedAt: new Date() }, off],
    ['it is being started', { ...seen, state: 'starting' as const }, off],
  ])('was not when %s', (_what, vm, domain) => expect(guestWentOff(vm, domain)).toBe(false));
});

describe('a reboot', () => {
  it('is for what runs, reboots already or has failed', () => {
    expect(VM_STATES.filter(mayReboot)).toEqual(['running', 'rebooting', 'error']);
  });
});
