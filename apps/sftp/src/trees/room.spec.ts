import { Room } from './room';

const room = (): Room => new Room({ bytes: 100, files: 2, fileBytes: 80 }, { bytes: 10, files: 1 });

it('room is taken until nothing is left, and given back', () => {
  const all = room();
  all.grow(0, 80);
  expect(() => all.grow(0, 20)).toThrow('the project may hold 100 bytes at most, and 10 bytes are left');
  all.grow(5, 15);
  all.release({ bytes: 50 });
  expect(all.left).toEqual({ bytes: 50, files: 1 });
});

it('a file has a limit of its own', () => {
  expect(() => room().grow(0, 81)).toThrow('a file may have 80 bytes at most');
  expect(() => room().grow(81, 81)).not.toThrow();
});

it('files and folders are counted', () => {
  const all = room();
  all.add();
  expect(() => all.add()).toThrow('2 files and folders at most');
  all.release({ files: 1 });
  all.add();
});
