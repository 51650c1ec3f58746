/** The Link header (RFC 8288) of a page that another follows: the same request with another cursor. */
export function nextLink(path: string, asked: Readonly<Record<string, string>>, next: string): string {
  return `<${path}?${new URLSearchParams({ ...asked, after: next })}>; rel="next"`;
}
