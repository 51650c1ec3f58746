/** A web server outside of the cloud that counts what it is asked for. */
import type { World } from '../../demo/world';

const PORT = 8090;
/** Paths that begin with /slow take their time. Every answer may be kept for ten minutes, and tells which one of its path it is. */
const SERVER = `const asked = {};
require('node:http').createServer(({ url }, response) => {
  if (url === '/end') process.exit();
  if (url === '/asked') return response.end(JSON.stringify(asked));
  asked[url] = (asked[url] ?? 0) + 1;
  const text = url + ' ' + asked[url];
  response.setHeader('cache-control', 'max-age=600');
  setTimeout(() => response.end(text), url.startsWith('/slow') ? 1500 : 0);
}).listen(${PORT}, '0.0.0.0')`;

export class Origin {
  readonly url: string;

  constructor(private readonly world: World) {
    this.url = `http://${world.lab.outside.address}:${PORT}`;
  }

  /** For `seconds` at most. */
  start(seconds: number): void {
    const argv = ['timeout', String(seconds), process.execPath, '-e', SERVER];
    this.world.lab.outside.exec(argv, { timeoutMs: seconds * 1_000 + 5_000 }).catch(() => undefined);
  }

  /** How often each path was asked for. */
  async asked(): Promise<Record<string, number>> {
    return JSON.parse(await this.ask('/asked')) as Record<string, number>;
  }

  async end(): Promise<void> {
    await this.ask('/end');
  }

  private async ask(path: string): Promise<string> {
    const argv = ['curl', '-s', '--max-time', '5', `http://127.0.0.1:${PORT}${path}`];
    return (await this.world.lab.outside.exec(argv, { timeoutMs: 10_000 })).stdout;
  }
}
