import { domainToASCII } from 'node:url';
import { invalidFields, type NuboError } from '@nubo/contracts';

/** The record that proves a domain lies below it. */
export const PROOF_LABEL = '_nubo-challenge';
/** RFC 1035: a name has 253 characters without its last dot; that of the record shall fit. */
const MOST_CHARACTERS = 253 - `${PROOF_LABEL}.`.length;
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** What is no part of a name, although a parser of URLs takes some of it for the end of one. */
const NO_NAME = /[\s/\\?#@:%[\]_*]/u;
/** RFC 6761, 6762, 7686, 9476: nobody owns names below these. */
const NOBODYS = ['localhost', 'local', 'arpa', 'onion', 'invalid', 'alt'];

/**
 * The domain as DNS has it: UTS 46, small letters, no last dot. Throws `invalid`: no name of a domain, an address, too long,
 * nobody's, or one of `ownNames` or below it.
 */
export function domainOf(given: string, ownNames: readonly string[]): string {
  const name = given.trim();
  const domain = NO_NAME.test(name) ? '' : domainToASCII(name).replace(/\.$/, '');
  const labels = domain.split('.');
  if (labels.length < 2 || !labels.every((label) => LABEL.test(label)))
    throw refuse('must be a name in DNS with a dot in it, like www.example.org');
  const last = labels.at(-1) ?? '';
  // A last label of digits makes it an address (WHATWG URL).
  if (/^\d+$/.test(last)) throw refuse('must be a name, not an address');
  if (domain.length > MOST_CHARACTERS) throw refuse(`must have at most ${MOST_CHARACTERS} characters in DNS`);
  if (NOBODYS.includes(last)) throw refuse(`must not end with .${last}: nobody owns such names`);
  const own = ownNames.find((name) => domain === name || domain.endsWith(`.${name}`));
  if (own) throw refuse(`must not be ${own} or below it: that is the platform's`);
  return domain;
}

const refuse = (message: string): NuboError => invalidFields([{ field: 'domain', message }]);
