import { strayLayers, type StoredLayer } from './layers';

const OLD = '2026-01-01T00:00:00Z';
const before = new Date('2026-01-01T01:00:00Z');
const layer = (id: string, parent?: string, created = OLD): StoredLayer => ({ id, parent, created });

describe('layers that nothing is made of', () => {
  it('are those that neither an image nor a container has, also not below another', () => {
    const layers = [
      layer('base'),
      layer('image', 'base'),
      layer('container', 'image'),
      layer('left', 'image'),
    ];
    const uses = [{ layer: 'image' }, { layer: 'container' }];
    expect(strayLayers({ layers, uses }, before)).toEqual(['left']);
  });

  it('are not those that an image has under other ids', () => {
    const layers = [layer('image'), layer('mapped'), layer('left')];
    expect(strayLayers({ layers, uses: [{ layer: 'image', 'mapped-layers': ['mapped'] }] }, before)).toEqual([
      'left',
    ]);
  });

  it('go from the top, so that none stands on one that is gone', () => {
    const layers = [layer('one'), layer('three', 'two'), layer('two', 'one')];
    expect(strayLayers({ layers, uses: [] }, before)).toEqual(['three', 'two', 'one']);
  });

  it('stay while they are young, or of no age, and so does what they stand on', () => {
    const young = layer('young', 'under', before.toISOString());
    const layers = [layer('under'), young, { id: 'ageless' }, layer('left')];
    expect(strayLayers({ layers, uses: [] }, before)).toEqual(['left']);
  });

  it('are none where nothing is', () => expect(strayLayers({ layers: [], uses: [] }, before)).toEqual([]));
});
