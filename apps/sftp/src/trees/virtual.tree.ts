import type { Attributes, FileSystem } from '../protocol/answers';
import type { NewAttributes } from '../protocol/fields';
import { denied, failure, missing } from './refusal';
import type { Entry, Listing, Names, OpenFile, OpenWish, Tree } from './tree';

const ROOT: Attributes = { size: 0, mode: 0o040555, atime: 0, mtime: 0 };

/** What one login sees: folders of the platform's choice, each a tree of its own. */
export class VirtualTree implements Tree {
  /** @param roots by name; the first one is what the size of everything is told for */
  constructor(private readonly roots: ReadonlyMap<string, Tree>) {}

  async stat(names: Names): Promise<Attributes> {
    return names.length === 0 ? ROOT : this.in(names, (tree, below) => tree.stat(below));
  }

  async list(names: Names): Promise<Listing> {
    if (names.length > 0) return this.in(names, (tree, below) => tree.list(below));
    const entries = [...this.roots].map(async ([name, tree]) => ({ name, attributes: await tree.stat([]) }));
    return onceListed(await Promise.all(entries));
  }

  async open(names: Names, wish: OpenWish): Promise<OpenFile> {
    return this.in(names, (tree, below) => tree.open(below, wish));
  }

  async set(names: Names, attributes: NewAttributes): Promise<void> {
    if (names.length > 0) return this.in(names, (tree, below) => tree.set(below, attributes));
  }

  async remove(names: Names): Promise<void> {
    return this.in(names, (tree, below) => tree.remove(below));
  }

  async makeFolder(names: Names, mode?: number): Promise<void> {
    if (names.length === 1 && !this.roots.has(names[0] ?? ''))
      throw denied('folders are made below /site only');
    return this.in(names, (tree, below) => tree.makeFolder(below, mode));
  }

  async removeFolder(names: Names): Promise<void> {
    return this.in(names, (tree, below) => tree.removeFolder(below));
  }

  async rename(from: Names, to: Names, over: boolean): Promise<void> {
    if (from[0] !== to[0]) throw failure('nothing can be moved from one of the folders of / to another');
    return this.in(from, (tree, below) => tree.rename(below, to.slice(1), over));
  }

  async fileSystem(): Promise<FileSystem> {
    const [first] = this.roots.values();
    if (!first) throw missing('there is nothing here');
    return first.fileSystem();
  }

  private in<T>(names: Names, work: (tree: Tree, below: Names) => Promise<T>): Promise<T> {
    const tree = this.roots.get(names[0] ?? '');
    if (!tree) throw missing('no such file or folder');
    return work(tree, names.slice(1));
  }
}

function onceListed(entries: readonly Entry[]): Listing {
  let left = entries;
  return {
    next: () => {
      const now = left;
      left = [];
      return Promise.resolve(now);
    },
    close: () => Promise.resolve(),
  };
}
