import { Argument } from 'commander';
import type { Resource } from '../client/views';
import type { Noun } from '../nouns/noun';

/** An argument that names a thing of the platform: completed with the names there are. */
export class NounArgument extends Argument {
  constructor(
    flags: string,
    description: string,
    readonly noun: Noun<Resource>,
  ) {
    super(flags, description);
  }
}

/** An argument that nobody else may see: it never gets into the history. */
export class SecretArgument extends Argument {}

/** `vm` → `<vm>`: a thing by name, id or the beginning of its id. */
export const naming = (noun: Noun<Resource>, flags = `<${noun.command}>`): NounArgument =>
  new NounArgument(flags, `${noun.word}: name, id, or the beginning of the id`, noun);

export const password = (description = 'asked for when it is left out'): SecretArgument =>
  new SecretArgument('[password]', description);

export const emailOf = (): Argument => new Argument('<email>', 'e-mail address');
