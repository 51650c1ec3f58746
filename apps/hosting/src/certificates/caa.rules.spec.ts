import { namesAbove, refusalOf } from './caa.rules';

const OURS = ['ca.example', 'other.example'];
const refusal = (...issues: string[]): string | null =>
  refusalOf(
    'shop.example',
    issues.map((issue) => ({ issue })),
    OURS,
  );

describe('who may issue certificates', () => {
  it('is looked up from the name to the top', () => {
    expect(namesAbove('a.b.example')).toEqual(['a.b.example', 'b.example', 'example']);
  });

  it('is everybody where nothing is said of it', () => {
    expect(refusalOf('shop.example', [], OURS)).toBeNull();
    expect(refusalOf('shop.example', [{}], OURS)).toBeNull();
  });

  it.each([
    ['ca.example'],
    ['CA.Example; validationmethods=http-01,dns-01'],
    ['x.example', ' other.example '],
  ])('is ours with %j', (...issues) => {
    expect(refusal(...issues)).toBeNull();
  });

  it('is nobody with an empty name, whatever the authority is called', () => {
    for (const nobody of ['', ';', ' ; x=y'])
      expect(refusal(nobody)).toBe('the CAA record of shop.example lets nobody issue certificates for it');
    expect(refusalOf('shop.example', [{ issue: ';' }], [])).toContain('nobody');
  });

  it('is somebody else', () => {
    expect(refusal('x.example', 'y.example; a=b')).toBe(
      'the CAA record of shop.example lets x.example, y.example issue certificates for it, and not ca.example, other.example',
    );
    expect(refusalOf('shop.example', [{ issue: 'x.example' }], [])).toBeNull();
  });

  it('is not us in the way in which we prove it', () => {
    expect(refusal('ca.example; validationmethods=dns-01')).toContain('add http-01');
  });
});
