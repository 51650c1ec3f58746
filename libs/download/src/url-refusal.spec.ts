import { urlRefusal } from './url-refusal';

const NOT_PUBLIC = expect.stringContaining('leads to a loopback, link-local, private or reserved') as string;

describe('the URL of an image', () => {
  it.each([
    'https://images.example/tiny.qcow2',
    'http://192.0.2.1.example:8080/a?b=c',
    'http://9.9.9.9/a',
    'http://[2620:fe::9]/a',
  ])('%s is taken', (url) => expect(urlRefusal(url, [])).toBeUndefined());

  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://0x7f000001/',
    'http://2130706433/',
    'http://0.0.0.0/',
    'http://10.0.0.1/',
    'http://172.16.0.1/',
    'http://192.168.1.1/',
    'http://100.64.0.1/',
    'http://169.254.169.254/latest/meta-data',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::127.0.0.1]/',
    'http://[fe80::1]/',
    'http://[fd00::1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://localhost/',
    'http://localhost./',
    'http://api.localhost:5432/',
  ])('%s is refused', (url) => expect(urlRefusal(url, [])).toEqual(NOT_PUBLIC));

  it.each([
    ['ftp://images.example/a', 'must begin with http:// or https://'],
    ['file:///etc/passwd', 'must begin with http:// or https://'],
    ['http://ada:secret@images.example/a', 'must not hold a user name or a password'],
    ['http://', 'is not a URL'],
  ])('%s %s', (url, refusal) => expect(urlRefusal(url, [])).toBe(refusal));

  it('may lead to a range that the operator allows, and no further', () => {
    const allowed = ['127.0.0.0/8', '10.20.0.0/16'];
    expect(urlRefusal('http://127.0.0.1:8000/a', allowed)).toBeUndefined();
    expect(urlRefusal('http://localhost/a', allowed)).toBeUndefined();
    expect(urlRefusal('http://10.20.3.4/a', allowed)).toBeUndefined();
    expect(urlRefusal('http://10.21.3.4/a', allowed)).toEqual(NOT_PUBLIC);
    expect(urlRefusal('http://[::1]/a', allowed)).toEqual(NOT_PUBLIC);
  });
});
