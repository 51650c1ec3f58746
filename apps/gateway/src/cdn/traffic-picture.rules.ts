import type { TrafficMinute, TrafficView } from '@nubo/contracts';

const WIDTH = 640;
const HEIGHT = 220;
const PLOT = { left: 48, top: 24, right: 16, bottom: 44 };
const MINUTE_MS = 60_000;
/** Told apart also by those who see colours differently: https://jfly.uni-koeln.de/color/ */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

interface Series {
  location: string;
  /** Requests by minute since the epoch. */
  counts: Map<number, number>;
}

/** Requests by time and location, as an SVG. */
export function pictureOf({ minutes, stepMinutes }: TrafficView): string {
  const title = stepMinutes === 1 ? 'Requests per minute' : `Requests per ${stepMinutes} minutes`;
  const series = seriesOf(minutes);
  const times = minutes.map(({ minute }) => Date.parse(minute) / MINUTE_MS);
  const first = Math.min(...times);
  const last = Math.max(...times);
  const most = Math.max(1, ...series.flatMap(({ counts }) => [...counts.values()]));
  const x = (time: number): number => scaled(time, [first, last], [PLOT.left, WIDTH - PLOT.right]);
  const y = (count: number): number => scaled(count, [0, most], [HEIGHT - PLOT.bottom, PLOT.top]);
  const lines = series.map(({ counts }, n) => lineOf([...counts], x, y, colour(n)));
  const names = series.map(({ location }, n) => nameOf(location, n));
  const empty = series.length === 0 ? [text(WIDTH / 2, HEIGHT / 2, 'No requests yet', 'middle')] : [];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" role="img" aria-label="${title}">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(PLOT.left, 15, title, 'start'),
    ...[0, most / 2, most].map((count) => gridAt(count, y(count))),
    ...lines,
    ...names,
    ...empty,
    '</svg>',
  ].join('\n');
}

function seriesOf(minutes: TrafficMinute[]): Series[] {
  const byLocation = new Map<string, Map<number, number>>();
  for (const { location, minute, requests } of minutes) {
    const counts = byLocation.get(location) ?? new Map<number, number>();
    const time = Date.parse(minute) / MINUTE_MS;
    byLocation.set(location, counts.set(time, (counts.get(time) ?? 0) + requests));
  }
  return [...byLocation].map(([location, counts]) => ({ location, counts }));
}

const colour = (n: number): string => COLOURS[n % COLOURS.length] ?? '#000';

const scaled = (value: number, [from, to]: [number, number], [low, high]: [number, number]): number =>
  Math.round((low + ((value - from) / Math.max(1, to - from)) * (high - low)) * 10) / 10;

function lineOf(
  points: [number, number][],
  x: (time: number) => number,
  y: (count: number) => number,
  stroke: string,
): string {
  const at = points.map(([time, count]) => `${x(time)},${y(count)}`);
  const [only] = at.length === 1 ? (at[0] ?? '').split(',') : [];
  if (only !== undefined) {
    const [cx, cy] = (at[0] ?? '').split(',');
    return `<circle cx="${cx}" cy="${cy}" r="3" fill="${stroke}"/>`;
  }
  return `<polyline fill="none" stroke="${stroke}" stroke-width="2" points="${at.join(' ')}"/>`;
}

const gridAt = (count: number, at: number): string =>
  `<line x1="${PLOT.left}" x2="${WIDTH - PLOT.right}" y1="${at}" y2="${at}" stroke="#ddd"/>${text(PLOT.left - 6, at + 4, String(Math.round(count)), 'end')}`;

function nameOf(location: string, n: number): string {
  const at = PLOT.left + n * 100;
  const square = `<rect x="${at}" y="${HEIGHT - 24}" width="10" height="10" fill="${colour(n)}"/>`;
  return `${square}${text(at + 15, HEIGHT - 15, location, 'start')}`;
}

const text = (x: number, y: number, words: string, anchor: 'start' | 'middle' | 'end'): string =>
  `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="#333">${words.replace(/[<&]/g, (c) => (c === '<' ? '&lt;' : '&amp;'))}</text>`;
