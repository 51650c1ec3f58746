import { sizeOf } from './size.rules';

const medium = { name: 'medium', vcpus: 2, memoryMib: 2048, diskGib: 20 };

describe('the size of a VM', () => {
  it('is the default where nothing is said: the image decides about the disk', () => {
    expect(sizeOf({}, { least: 3 })).toEqual({ vcpus: 1, memoryMib: 512, diskGib: 3 });
  });

  it('is the machine type’s', () => {
    expect(sizeOf({}, { type: medium, least: 3 })).toEqual({ vcpus: 2, memoryMib: 2048, diskGib: 20 });
  });

  it('takes the image’s disk with a machine type that has none', () => {
    expect(sizeOf({}, { type: { ...medium, diskGib: null }, least: 3 }).diskGib).toBe(3);
  });

  it('is what is said explicitly, number by number, over the machine type’s', () => {
    expect(sizeOf({ memory: 256, disk: 5 }, { type: medium, least: 3 })).toEqual({
      vcpus: 2,
      memoryMib: 256,
      diskGib: 5,
    });
  });

  it.each([
    [{ disk: 2 }, 'disk: must be at least 30 (GiB): the image needs it'],
    [{}, 'disk: must be at least 30 (GiB): the image needs it; the machine type medium gives 20'],
  ])('is refused with a disk below the image’s: %j', (input, message) => {
    expect(() => sizeOf(input, { type: medium, least: 30 })).toThrow(message);
  });
});
