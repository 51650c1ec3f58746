import type { TrafficMinute, TrafficView } from '@nubo/contracts';

const FIGURES = [
  ['requests', 'Requests that edges have answered'],
  ['bytes', 'Bytes that edges have sent'],
  ['hits', 'Requests answered without asking the origin'],
  ['errors', 'Requests answered with 4xx or 5xx'],
] as const;

/** Sums over the minutes shown, by location, in the text format of Prometheus. */
export function figuresOf({ id, minutes }: TrafficView): string {
  const locations = [...new Set(minutes.map(({ location }) => location))].sort();
  const lines = FIGURES.flatMap(([name, help]) => [
    `# HELP nubo_cdn_${name} ${help}`,
    `# TYPE nubo_cdn_${name} gauge`,
    ...locations.map((location) => {
      const labels = `distribution="${id}",location="${location}"`;
      return `nubo_cdn_${name}{${labels}} ${sumOf(minutes, location, name)}`;
    }),
  ]);
  return `${lines.join('\n')}\n`;
}

function sumOf(minutes: TrafficMinute[], wanted: string, name: (typeof FIGURES)[number][0]): number {
  return minutes.filter(({ location }) => location === wanted).reduce((sum, minute) => sum + minute[name], 0);
}
