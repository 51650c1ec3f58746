import { fingerprint, layerPath, withRootPassword } from './host-files';

describe('the files of a lab host', () => {
  it('give root a password and lock every other account', () => {
    const shadow = 'root:*:20000:0:99999:7:::\nada:$6$salt$secret:20000:0:99999:7:::\n';
    expect(withRootPassword(shadow, '$6$a$b')).toBe(
      'root:$6$a$b:19000:0:99999:7:::\nada:*:20000:0:99999:7:::\n',
    );
  });

  it('lie in the layer of the folder they are seen in', () => {
    expect(layerPath('/x/h1', '/etc/shadow')).toBe('/x/h1/layers/etc/upper/shadow');
    expect(layerPath('/x/h1', '/var/lib/misc/a')).toBe('/x/h1/layers/var/lib/upper/misc/a');
  });

  it('name a host key as ssh-keygen does', () => {
    // SHA-256 of the bytes "nubo", base64 without padding.
    expect(fingerprint('ssh-ed25519 bnVibw== lab\n')).toBe(
      'SHA256:oLjaaez03Mk5fwsTwbsXdUf2MU7FVVQSJde52qGrlR4',
    );
  });
});
