import { archiveRefusal, formatOf, renamed, type Listings } from './archive.rules';

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const image = { Config: 'c.json', RepoTags: ['localhost/nubo:another'], Layers: ['l.tar'] };
const docker = (...images: object[]): Listings => ({ 'manifest.json': json(images) });
const oci = (...manifests: object[]): Listings => ({
  'oci-layout': json({ imageLayoutVersion: '1.0.0' }),
  'index.json': json({ schemaVersion: 2, manifests }),
});
const blob = {
  digest: 'sha256:1',
  annotations: { 'org.opencontainers.image.ref.name': 'localhost/nubo:another' },
};

describe('an archive', () => {
  it.each<[string, Listings, string]>([
    ['docker save’s', docker(image), 'image'],
    ['OCI’s', oci(blob), 'image'],
    ['a root file system', {}, 'rootfs'],
    [
      'a root file system with a manifest.json of its own',
      { 'manifest.json': json({ name: 'app' }) },
      'rootfs',
    ],
    ['a root file system with a broken index.json', { 'index.json': Buffer.from('{') }, 'rootfs'],
  ])('is known by its listings: %s', (_what, listings, format) => expect(formatOf(listings)).toBe(format));

  it.each<[string, Listings, boolean, boolean]>([
    ['one image', docker(image), false, true],
    ['one image of OCI', oci(blob), false, true],
    ['two images', docker(image, image), false, false],
    ['two images of OCI', oci(blob, blob), false, false],
    ['no image', docker(), false, false],
    ['an image with links', docker(image), true, false],
    ['a root file system with links', {}, true, true],
  ])('with %s is taken or not', (_what, listings, links, taken) => {
    expect(archiveRefusal(listings, links) === undefined).toBe(taken);
  });
});

describe('the name of an image', () => {
  it.each([
    ['manifest.json', docker(image)['manifest.json']],
    ['index.json', oci(blob)['index.json']],
    ['repositories', json({ 'localhost/nubo': { another: '1' } })],
  ] as const)('in %s is ours alone', (listing, content) => {
    const text = renamed(listing, content ?? Buffer.alloc(0), 'localhost/nubo:ours').toString();
    expect(text).not.toContain('another');
    if (listing !== 'repositories') expect(text).toContain('localhost/nubo:ours');
  });
});
