import type { Attributes, FileSystem } from '../protocol/answers';
import type { NewAttributes } from '../protocol/fields';

export interface Entry {
  readonly name: string;
  readonly attributes: Attributes;
}

/** A folder while it is read: some entries at a time, none at the end. */
export interface Listing {
  next(): Promise<readonly Entry[]>;
  close(): Promise<void>;
}

export interface OpenFile {
  /** How many bytes were read into `into`; 0 at the end of the file. */
  read(into: Buffer, at: number): Promise<number>;
  write(data: Buffer, at: number): Promise<void>;
  stat(): Promise<Attributes>;
  set(attributes: NewAttributes): Promise<void>;
  sync(): Promise<void>;
  /** @param whole whether the client said that it is done; a file that it did not finish stays marked */
  close(whole: boolean): Promise<void>;
}

/** What a client may do with a file that it opens. */
export interface OpenWish {
  readonly read: boolean;
  readonly write: boolean;
  readonly append: boolean;
  readonly create: boolean;
  readonly truncate: boolean;
  readonly exclusive: boolean;
  readonly mode?: number;
}

export type Names = readonly string[];

/** Files below one root. Names come from `names.rules.ts`; everything throws a `Refusal` or an error of the kernel. */
export interface Tree {
  stat(names: Names): Promise<Attributes>;
  list(names: Names): Promise<Listing>;
  open(names: Names, wish: OpenWish): Promise<OpenFile>;
  set(names: Names, attributes: NewAttributes): Promise<void>;
  remove(names: Names): Promise<void>;
  makeFolder(names: Names, mode?: number): Promise<void>;
  removeFolder(names: Names): Promise<void>;
  /** @param over whether what is at `to` is replaced */
  rename(from: Names, to: Names, over: boolean): Promise<void>;
  fileSystem(): Promise<FileSystem>;
}
