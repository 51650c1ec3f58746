import { beginning, inUseMessage } from './images.rules';

const web = { id: 'id-1', name: 'web' };

describe('an image that is in use', () => {
  it.each([
    [
      { kind: 'vm' as const, count: 1, named: [web], others: 0 },
      /^1 VM needs this image: web \(id-1\)\. Delete it first/,
    ],
    [
      { kind: 'vm' as const, count: 3, named: [web], others: 2 },
      /^3 VMs need this image: web \(id-1\) and 2 more\. Delete them/,
    ],
    [
      { kind: 'container' as const, count: 2, named: [], others: 2 },
      /^2 containers need this image, which you may not see\./,
    ],
  ])('says by whom: %j', (inUse, sentence) => expect(inUseMessage(inUse)).toMatch(sentence));
});

describe('an image begins', () => {
  it('as a download', () =>
    expect(beginning({ name: 'a', url: 'http://a/' })).toMatchObject({ state: 'creating', source: 'url' }));
  it('as an upload of which nothing has arrived', () =>
    expect(beginning({ name: 'a', upload: true, size: 7 })).toEqual({
      ...{ state: 'uploading', source: 'upload', uploadSize: '7', received: '0' },
    }));
});
