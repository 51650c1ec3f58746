import type { DistributionView } from '@nubo/contracts';

const COLUMNS = ['customerId', 'name', 'state', 'content', 'subnet', 'locations', 'release', 'url'] as const;

/** The mapping of content, subnet and locations: RFC 4180, with a header line. */
export function csvOf(items: DistributionView[]): string {
  const lines = items.map((item) => {
    const row: Record<(typeof COLUMNS)[number], string> = {
      ...{ customerId: item.customerId, name: item.name, state: item.state, subnet: item.subnet },
      content: item.origin ?? item.instances.find(({ manifest }) => manifest)?.manifest ?? '',
      locations: item.locations.join(' '),
      release: String(item.release ?? ''),
      url: item.url ?? '',
    };
    return COLUMNS.map((column) => field(row[column])).join(',');
  });
  return [COLUMNS.join(','), ...lines, ''].join('\r\n');
}

/** A field that begins like a formula would be one in a spreadsheet. */
function field(text: string): string {
  const safe = /^[=+\-@\t]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
