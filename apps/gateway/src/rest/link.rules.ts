/** The Link header (RFC 8288) of a page that another follows: the same request with another cursor. */
export function nextLink(path: string, limit: number | undefined, next: string): string {
  const query = new URLSearchParams({ ...(limit && { limit: String(limit) }), after: next });
  return `<${path}?${query}>; rel="next"`;
}
