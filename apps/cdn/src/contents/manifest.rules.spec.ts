import { canonical, digestOf, instructionsOf, manifestOf, parseManifest } from './manifest.rules';

const sha = digestOf;
const files = [
  { path: 'b.js', sha256: sha('b'), size: 1 },
  { path: 'a é.html', sha256: sha('a'), size: 2 },
  { path: 'b.js.gz', sha256: sha('z'), size: 3 },
  { path: 'a/\u{1f600}', sha256: sha('4'), size: 4 },
  { path: 'a/\uffee', sha256: sha('3'), size: 4 },
];

describe('a manifest', () => {
  it('is sorted by bytes, and has one text that names what is packed beside', () => {
    const manifest = manifestOf(files);
    expect(manifest.files.map(({ path }) => path)).toEqual([
      'a é.html',
      'a/\uffee',
      'a/\u{1f600}',
      'b.js',
      'b.js.gz',
    ]);
    expect(canonical(manifest)).toContain(`b.js\n${sha('b')} 1 ${sha('z')} -\n`);
    expect(canonical(manifestOf([...files].reverse()))).toBe(canonical(manifest));
  });

  it('is read from its text, and nothing else is', () => {
    const manifest = manifestOf(files);
    expect(parseManifest(canonical(manifest))).toEqual(manifest);
    expect(() => parseManifest('a\n')).toThrow('no manifest');
    expect(() => parseManifest('a\nb 1 - -')).toThrow('no manifest');
  });

  it('is told to instances line by line', () => {
    const lines = instructionsOf(manifestOf(files)).trim().split('\n');
    expect(JSON.parse(lines[3] ?? '')).toEqual({
      ...{ path: 'b.js', sha256: sha('b'), size: 1 },
      encodings: { gzip: { sha256: sha('z'), size: 3 } },
    });
    expect(JSON.parse(lines[4] ?? '')).toEqual({ path: 'b.js.gz', sha256: sha('z'), size: 3 });
  });
});
