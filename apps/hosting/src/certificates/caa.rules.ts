/** Who may issue certificates for a name, as its owner says in DNS (RFC 8659). */

/** One record: `issue` is what it says of certificates for the name itself. */
export interface CaaRecord {
  issue?: string;
}

/** The names at which records are looked for, the nearest first: those of the first that has any count. */
export function namesAbove(domain: string): string[] {
  const labels = domain.split('.');
  return labels.map((_, n) => labels.slice(n).join('.'));
}

/** `ca.example; validationmethods=http-01`: who, and in which ways. */
function permissionOf(issue: string): { authority: string; isOurWay: boolean } {
  const [authority = '', ...parameters] = issue.split(';').map((part) => part.trim().toLowerCase());
  const ways = parameters.flatMap((one) => /^validationmethods\s*=\s*(.*)$/.exec(one)?.[1] ?? []);
  return { authority, isOurWay: ways.every((way) => way.split(/\s*,\s*/).includes('http-01')) };
}

/**
 * Why the authority will not issue, for a person; null when nothing is known against it.
 *
 * @param identities what the authority calls itself in such records; none: it does not say
 */
export function refusalOf(name: string, records: CaaRecord[], identities: string[]): string | null {
  const issues = records.flatMap(({ issue }) => (issue === undefined ? [] : [issue]));
  if (issues.length === 0) return null;
  const permissions = issues.map(permissionOf).filter(({ authority }) => authority !== '');
  const isOurs = ({ authority }: { authority: string }): boolean =>
    identities.length === 0 || identities.some((one) => one.toLowerCase() === authority);
  if (permissions.some((one) => isOurs(one) && one.isOurWay)) return null;
  if (permissions.length === 0) return `the CAA record of ${name} lets nobody issue certificates for it`;
  if (permissions.some(isOurs))
    return `the CAA record of ${name} does not let it be proven by HTTP: add http-01 to its validationmethods`;
  const named = permissions.map(({ authority }) => authority).join(', ');
  return `the CAA record of ${name} lets ${named} issue certificates for it, and not ${identities.join(', ')}`;
}
