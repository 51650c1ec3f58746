import { Injectable } from '@nestjs/common';
import { secret } from '@nubo/config';
import { Keyring } from './keyring';

/** A column of type text that holds sealed variables, in a table with a primary key `id`. */
export interface SealedColumn {
  readonly table: string;
  readonly column: string;
}

/** No variables: there is nothing to hide. */
const NONE = '{}';

/** Keeps variables whose values nobody is to read in the database. */
@Injectable()
export class Vault {
  private readonly keyring = Keyring.parse(secret('NUBO_SECRETS_KEY'), 'NUBO_SECRETS_KEY');

  /** What to write into that column of the row `id`. */
  seal(column: SealedColumn, id: string, values: Readonly<Record<string, string>>): string {
    const text = JSON.stringify(values);
    return text === NONE ? NONE : this.keyring.seal(text, aboutOf(column, id));
  }

  /** The variables of the row `id`; also of one that was written before there were keys. Throws `internal`. */
  open(column: SealedColumn, id: string, stored: string): Record<string, string> {
    const text = stored.startsWith('{') ? stored : this.keyring.open(stored, aboutOf(column, id));
    return JSON.parse(text) as Record<string, string>;
  }

  /** What values begin with that were sealed with the key of today. */
  get prefix(): string {
    return this.keyring.prefix;
  }
}

const aboutOf = ({ table, column }: SealedColumn, id: string): string => `${table}.${column} ${id}`;
