import { readFileSync } from 'node:fs';
import type { Asker } from './asker';
import { failed, usage } from './errors';
import type { Runtime } from './runtime';

/** Where passwords come from, so that they need not be in argv. */
export class Secrets {
  constructor(
    private readonly env: Runtime['env'],
    private readonly asker: Pick<Asker, 'secret'>,
  ) {}

  /**
   * What was given, else variable `name`, else the file that `name_FILE` names, else what is typed (not shown) or comes
   * on stdin. Throws when nothing does.
   */
  async get(prompt: string, given?: string, name = 'NUBO_PASSWORD'): Promise<string> {
    const secret =
      given ?? this.env[name] ?? this.inFile(`${name}_FILE`) ?? (await this.asker.secret(prompt));
    if (secret) return secret;
    throw usage(`No ${prompt.toLowerCase()} was given.`, {
      hint: `Type it, pipe it in, or set ${name} or ${name}_FILE.`,
    });
  }

  private inFile(name: string): string | undefined {
    const path = this.env[name];
    if (!path) return undefined;
    try {
      return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    } catch (error) {
      throw failed(`${name} names a file that cannot be read (${(error as Error).message}).`, {
        cause: error,
      });
    }
  }
}
