import type { TableState } from './actual';

/** The parts of an inventory: each begins with a line `#<name>`. */
export class Sections {
  private readonly texts = new Map<string, string>();

  constructor(output: string) {
    for (const part of output.split(/^#/m).slice(1)) {
      const end = part.indexOf('\n');
      this.texts.set(part.slice(0, end), part.slice(end + 1));
    }
  }

  get(name: string): string {
    return this.texts.get(name) ?? '';
  }

  has(name: string): boolean {
    return this.texts.has(name);
  }

  lines(name: string): string[] {
    return this.get(name).split('\n').filter(Boolean);
  }

  /** Empty where a program had nothing to say. */
  json<T>(name: string): T[] {
    const text = this.get(name).trim();
    return text ? (JSON.parse(text) as T[]) : [];
  }

  names(): string[] {
    return [...this.texts.keys()];
  }
}

export function tableStateFrom(line = 'none'): TableState {
  const [is, digest = ''] = line.split(' ');
  if (is === 'intact') return { is, digest };
  return { is: is === 'changed' ? 'changed' : 'none' };
}
