// Images by their references and their defaults, as podman's API wants them.
import { type ImageDefaults } from './types';

/** `localhost:5000/a/b:c` → [`localhost:5000/a/b`, `c`]; the tag is `latest` when there is none. */
export function splitReference(reference: string): [repository: string, tag: string] {
  const colon = reference.indexOf(':', reference.lastIndexOf('/') + 1);
  return colon < 0 ? [reference, 'latest'] : [reference.slice(0, colon), reference.slice(colon + 1)];
}

/** Podman 4.3 splits at blanks, strips quotes and knows no escapes. */
const PLAIN = /^[^\s"'\\]*$/;

function pairs(word: string, values: Readonly<Record<string, string>> = {}): string[] {
  return Object.entries(values).map(([key, value]) => {
    if (PLAIN.test(key + value)) return `${word} ${key}=${value}`;
    throw new TypeError(`an image cannot have ${word} ${key}=${value}: no blanks, quotes or backslashes`);
  });
}

/** Lines of a Dockerfile that say the same. */
export function changesOf(defaults: ImageDefaults): string[] {
  const { entrypoint, command, env, labels, user, workdir } = defaults;
  return [
    ...(entrypoint ? [`ENTRYPOINT ${JSON.stringify(entrypoint)}`] : []),
    ...(command ? [`CMD ${JSON.stringify(command)}`] : []),
    ...pairs('ENV', env),
    ...pairs('LABEL', labels),
    ...(user ? [`USER ${user}`] : []),
    ...(workdir ? [`WORKDIR ${workdir}`] : []),
  ];
}
