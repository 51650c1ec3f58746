import { fingerprintOf, newPrivateKey, publicKeyOf } from './keys';

// Made with ssh-keygen -t ed25519 for this test; the fingerprint is what ssh-keygen -l says of it.
const PRIVATE_KEY = `-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
QyNTUxOQAAACD7xHSl8NZX6G6qcDnrxSt5TPUiG2s1M6qqBTVGgEJF7AAAAIiQdYMQkHWD
EAAAAAtzc2gtZWQyNTUxOQAAACD7xHSl8NZX6G6qcDnrxSt5TPUiG2s1M6qqBTVGgEJF7A
AAAEC0FYrTD8Ymias87iGdBF0pnf4j0eDACXaocYCxaLMXOfvEdKXw1lfobqpwOevFK3lM
9SIbazUzqqoFNUaAQkXsAAAAAAECAwQF
-----END OPENSSH PRIVATE KEY-----
`;
const PUBLIC_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPvEdKXw1lfobqpwOevFK3lM9SIbazUzqqoFNUaAQkXs';
const FINGERPRINT = 'SHA256:aDlzPzgl5/qy3SC9fcRqTKAxUw7eBC/nlk5tjaxfy5Q';

describe('an SSH key', () => {
  it('has the public half and the fingerprint that ssh-keygen gives it', () => {
    const line = publicKeyOf(PRIVATE_KEY);
    expect(line).toBe(PUBLIC_KEY);
    expect(fingerprintOf(Buffer.from(line.split(' ')[1] ?? '', 'base64'))).toBe(FINGERPRINT);
  });

  it.each(['', 'hello', 'ssh-ed25519 AAAA'])('is not made of %p', (text) => {
    expect(() => publicKeyOf(text)).toThrow(TypeError);
  });

  it('is not a public key alone', () => {
    expect(() => publicKeyOf(PUBLIC_KEY)).toThrow(TypeError);
  });

  it('that is new can always be read, also when its public half begins with a zero byte', () => {
    const types = Array.from({ length: 1_000 }, () => publicKeyOf(newPrivateKey()).split(' ')[0]);
    expect(new Set(types)).toEqual(new Set(['ssh-ed25519']));
  });
});
