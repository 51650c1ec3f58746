import { readFileSync } from 'node:fs';
import { failed } from '../errors';

export function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw failed(`${file} cannot be read (${(error as Error).message}).`, { cause: error });
  }
}
