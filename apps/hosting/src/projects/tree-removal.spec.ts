import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeTree } from './tree-removal.driver';

const FILES = 10_000;
const AT_ONCE = 16;

describe('removing a tree', () => {
  let folder: string;
  let tree: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nubo-remove-'));
    tree = join(folder, 'tree');
    mkdirSync(join(tree, 'a/b'), { recursive: true });
    writeFileSync(join(tree, 'a/b/c'), 'x');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('leaves nothing of it, and all that links lead to', async () => {
    writeFileSync(join(folder, 'kept'), 'kept');
    mkdirSync(join(folder, 'kept-too'));
    symlinkSync(join(folder, 'kept'), join(tree, 'a/link'));
    symlinkSync(join(folder, 'kept-too'), join(tree, 'folder-link'));
    await removeTree(tree);
    expect(existsSync(tree)).toBe(false);
    expect(readFileSync(join(folder, 'kept'), 'utf8')).toBe('kept');
    expect(existsSync(join(folder, 'kept-too'))).toBe(true);
  });

  it('is done when nothing is there, and when it is a file', async () => {
    await removeTree(join(folder, 'none'));
    writeFileSync(join(folder, 'file'), '');
    await removeTree(join(folder, 'file'));
    expect(existsSync(join(folder, 'file'))).toBe(false);
  });

  it('lets others have their turn', async () => {
    for (let n = 0; n < FILES; n += 1) writeFileSync(join(tree, `${n}`), '');
    let [turns, isOver] = [0, false];
    const removal = removeTree(tree).finally(() => (isOver = true));
    for (; !isOver; turns += 1) await stat(folder);
    await removal;
    // fs.rm: some seventy.
    expect(turns).toBeGreaterThan(FILES / AT_ONCE);
  });
});
