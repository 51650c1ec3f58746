import { failure } from '../trees/refusal';
import type { Listing, OpenFile } from '../trees/tree';

/** Of one channel. */
export const MAX_HANDLES = 256;

export type Held =
  { kind: 'file'; file: OpenFile; writes: boolean; text: string } | { kind: 'listing'; listing: Listing };

/** What a client has open, by the number that it was given. */
export class Handles {
  private readonly held = new Map<number, Held>();
  private last = 0;

  get writers(): number {
    return [...this.held.values()].filter((held) => held.kind === 'file' && held.writes).length;
  }

  /** Throws a `Refusal` when the client has as many as it may. */
  reserve(): void {
    if (this.held.size >= MAX_HANDLES) throw failure(`at most ${MAX_HANDLES} files are open at a time`);
  }

  add(held: Held): number {
    this.last = (this.last + 1) >>> 0;
    this.held.set(this.last, held);
    return this.last;
  }

  file(handle: Buffer): Held & { kind: 'file' } {
    const held = this.get(handle);
    if (held.kind !== 'file') throw failure('this handle is a folder');
    return held;
  }

  listing(handle: Buffer): Listing {
    const held = this.get(handle);
    if (held.kind !== 'listing') throw failure('this handle is a file');
    return held.listing;
  }

  take(handle: Buffer): Held {
    const held = this.get(handle);
    this.held.delete(handle.readUInt32BE());
    return held;
  }

  takeAll(): Held[] {
    const all = [...this.held.values()];
    this.held.clear();
    return all;
  }

  private get(handle: Buffer): Held {
    const held = handle.length === 4 ? this.held.get(handle.readUInt32BE()) : undefined;
    if (!held) throw failure('there is no such handle');
    return held;
  }
}
