import { originProblem, subnetProblem } from './addresses.rules';

describe('the subnet of a distribution', () => {
  it.each(['190.0.0.0/24', '10.0.0.0/16', '192.168.7.16/28'])('may be %s', (subnet) =>
    expect(subnetProblem(subnet)).toBeUndefined(),
  );

  it.each([
    ['190.0.0.0', 'IPv4 network'],
    ['fd00::/64', 'IPv4 network'],
    ['1.1.1.0/024', 'IPv4 network'],
    ['300.0.0.0/24', 'IPv4 network'],
    ['190.0.0.0/8', 'prefix'],
    ['190.0.0.0/29', 'prefix'],
    ['190.0.0.5/24', '190.0.0.0/24'],
    ['127.0.0.0/24', 'no host'],
    ['0.0.0.0/16', 'no host'],
    ['0.1.0.0/16', 'no host'],
    ['169.254.0.0/16', 'no host'],
    ['224.0.0.0/24', 'no host'],
    ['250.0.0.0/24', 'no host'],
  ])('must not be %s', (subnet, why) => expect(subnetProblem(subnet)).toContain(why));
});

describe('the origin of a distribution', () => {
  it.each([
    'http://origin.example',
    'https://www.example.org/',
    'https://www.example.org:8443/assets/',
    'http://10.77.0.200',
    'http://10.0.0.1/a%20b/~c_d-e.f',
  ])('may be %s', (origin) => expect(originProblem(origin)).toBeUndefined());

  it.each([
    ['http://', 'must be a URL'],
    ['http://user:secret@www.example/', 'user name'],
    ['http://www.example/?page=', 'path'],
    ['http://www.example/#top', 'path'],
    ['http://localhost/', 'no other machine'],
    ['http://a.localhost./', 'no other machine'],
    ['http://127.0.0.1:8081/', 'no other machine'],
    ['http://2130706433/', 'no other machine'],
    ['http://0x7f.1/', 'no other machine'],
    ['http://0.0.0.0/', 'no other machine'],
    ['http://[::1]/', 'no other machine'],
    ['http://[::ffff:127.0.0.1]/', 'no other machine'],
    ['http://[fe80::1]/', 'no other machine'],
    ['http://[2001:db8::1]/', 'IPv4'],
    ['http://www.example/@scope', 'letters'],
    ['http://www.example/a+b', 'letters'],
    ['http://www.example/a=b', 'letters'],
    ['http://a_b.example/', 'letters'],
    ['http://169.254.169.254/', 'no other machine'],
    ['http://www.example/\r\nX-Header: 1', 'written as http://www.example/X-Header:%201'],
    ['http://unix:/run/control.sock:', 'written as http://unix/run/control.sock:'],
    ['http://WWW.example/', 'written as http://www.example'],
    ['http://b\u00fccher.example/', 'written as http://xn--bcher-kva.example'],
    ['http://www.example/../a', 'written as http://www.example/a'],
  ])('must not be %j', (origin, why) => expect(originProblem(origin)).toContain(why));
});
