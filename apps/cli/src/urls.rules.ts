import { usage } from './errors';

/** The address without a slash at its end. Throws on what is no http address, or has a login in it. */
export function baseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    !url ||
    !['http:', 'https:'].includes(url.protocol) ||
    url.username ||
    url.password ||
    url.search ||
    url.hash
  ) {
    throw usage(`${text} is no address of a platform: write http://host:port or https://host`);
  }
  return url.href.replace(/\/+$/, '');
}
