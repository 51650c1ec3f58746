import type { NuboError } from '@nubo/contracts';
import { newLogin, newPassword, publicKeyOf } from './credentials.rules';

const ED25519 = 'AAAAC3NzaC1lZDI1NTE5AAAAIJ1Bt3Vn6TZtPNbXEHTBNSi9mdc3RIDZnJWnlJWXVGkr';

const wireOf = (...parts: Buffer[]): string =>
  Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(part.length);
      return [length, part];
    }),
  ).toString('base64');
const rsa = (bytes: number): string =>
  `ssh-rsa ${wireOf(Buffer.from('ssh-rsa'), Buffer.from([1, 0, 1]), Buffer.alloc(bytes, 1))}`;

const refusal = (line: string): string => {
  try {
    publicKeyOf(line);
    return 'taken';
  } catch (error) {
    return (error as NuboError).message;
  }
};

describe('a public key', () => {
  it('is a type, what ssh-keygen shows of it, and a comment', () => {
    // ssh-keygen -lf of the same line.
    expect(publicKeyOf(`ssh-ed25519 ${ED25519} ada on a train\n`)).toEqual({
      type: 'ssh-ed25519',
      comment: 'ada on a train',
      fingerprint: 'SHA256:5oVqTM2mN9Fv6YIOEZno8QBH8PquqXkljlG9dnZPXwI',
    });
  });

  it('may be RSA of 2048 bits, and no shorter', () => {
    expect(refusal(rsa(257))).toBe('taken');
    expect(refusal(rsa(129))).toContain('2048 bits');
  });

  it.each([
    ['another type than it says', `ssh-rsa ${ED25519}`, 'one line like'],
    [
      'a type that is too weak',
      `ssh-dss ${wireOf(Buffer.from('ssh-dss'), Buffer.alloc(20))}`,
      'may be ssh-rsa',
    ],
    ['options in front', `command="sh" ssh-ed25519 ${ED25519}`, 'one line like'],
    ['half of it', `ssh-ed25519 ${ED25519.slice(0, 40)}`, 'one line like'],
    ['no key', 'hello', 'one line like'],
    ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----', 'is a private key'],
  ])('is refused with %s', (_, line, message) => {
    expect(refusal(line)).toContain(message);
  });
});

describe('what is made for a project', () => {
  it('is a password that nobody guesses', () => {
    const many = new Set(Array.from({ length: 500 }, newPassword));
    expect(many.size).toBe(500);
    expect([...many].every((password) => /^[a-hjkmnp-z2-9]{24}$/.test(password))).toBe(true);
  });

  it('is a login that tells its project', () => {
    expect(newLogin('shop')).toMatch(/^shop-[a-z2-9]{8}$/);
    expect(newLogin('a-very-long-name-of-a-thing')).toMatch(/^a-very-long-name-of-[a-z2-9]{8}$/);
  });
});
