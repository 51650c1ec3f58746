import { limit } from './refusal';

/** What a project may hold. Folders count as files. */
export interface Limits {
  readonly bytes: number;
  readonly files: number;
  readonly fileBytes: number;
}

/** What a project holds, counted while it is written: room is taken before anything is. */
export class Room {
  constructor(
    public limits: Limits,
    private used: { bytes: number; files: number },
  ) {}

  get left(): { bytes: number; files: number } {
    const { bytes, files } = this.limits;
    return { bytes: Math.max(0, bytes - this.used.bytes), files: Math.max(0, files - this.used.files) };
  }

  /** Throws a `Refusal` when a file would be longer than it may, or the project larger. */
  grow(from: number, to: number): void {
    const { bytes, fileBytes } = this.limits;
    if (to <= from) return;
    if (to > fileBytes) throw limit(`a file may have ${shown(fileBytes)} at most`);
    if (this.used.bytes + to - from > bytes)
      throw limit(`the project may hold ${shown(bytes)} at most, and ${shown(this.left.bytes)} are left`);
    this.used.bytes += to - from;
  }

  /** One more file or folder. */
  add(): void {
    const { files } = this.limits;
    if (this.used.files >= files) throw limit(`the project may hold ${files} files and folders at most`);
    this.used.files += 1;
  }

  release({ bytes = 0, files = 0 }: { bytes?: number; files?: number }): void {
    this.used = { bytes: this.used.bytes - bytes, files: this.used.files - files };
  }
}

const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB'];

function shown(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(bytes, 1)) / 3)));
  return `${Number((bytes / 1000 ** power).toFixed(1))} ${UNITS[power]}`;
}
