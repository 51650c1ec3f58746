import type { Stats } from 'node:fs';
import type { Room } from './room';

/** A file of the tree while anybody has it open: its length is known here before it is on the disk. */
export interface OpenRecord {
  readonly key: string;
  size: number;
  handles: number;
  writers: number;
  /** Somebody who wrote to it went away in the middle. */
  broken: boolean;
  /** It has no name any more; what it takes is given back with its last handle. */
  removed: boolean;
  /** A write failed: how much of it is there shows when nobody writes any more. */
  uncertain: boolean;
}

const keyOf = ({ dev, ino }: Stats): string => `${dev}:${ino}`;

export class OpenFiles {
  private readonly records = new Map<string, OpenRecord>();

  /** One more handle of the file. */
  enter(stats: Stats, writes: boolean): OpenRecord {
    const key = keyOf(stats);
    const record = this.records.get(key) ?? {
      key,
      size: stats.size,
      handles: 0,
      writers: 0,
      broken: false,
      removed: false,
      uncertain: false,
    };
    this.records.set(key, record);
    record.handles += 1;
    if (writes) record.writers += 1;
    return record;
  }

  /** One handle less; `size` is what the file has on the disk now. */
  leave(record: OpenRecord, size: number, room: Room): void {
    record.handles -= 1;
    if (record.handles > 0) return;
    this.records.delete(record.key);
    if (record.uncertain) room.release({ bytes: record.size - size });
    const left = record.uncertain ? size : record.size;
    if (record.removed) room.release({ bytes: left, files: 1 });
  }

  /** A name of the file is gone. */
  removed(stats: Stats, room: Room): void {
    const record = this.records.get(keyOf(stats));
    if (record) record.removed = true;
    else room.release({ bytes: stats.isFile() ? stats.size : 0, files: 1 });
  }
}
