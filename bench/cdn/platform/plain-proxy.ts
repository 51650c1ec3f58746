/** Plain nginx that passes requests on to an edge: the program of the edge image, outside of any instance. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../../demo/wait';
import { edgeArchive } from '../../../edge/image';
import { check } from '../../../lab/command';
import { launch, type Child } from '../../../stack/child';
import { freePort } from '../../../stack/ports';

export interface PlainProxy {
  readonly url: string;
  readonly child: Child;
}

/** `folder` gets the image's files; `edge` is the address of the edge, with its port. */
export async function startPlainProxy(folder: string, edge: string): Promise<PlainProxy> {
  const root = join(folder, 'plain-proxy');
  mkdirSync(root);
  await check(['tar', '-C', root, '-xf', await edgeArchive()]);
  const port = await freePort();
  const conf = readFileSync(join(__dirname, 'proxy.conf'), 'utf8');
  writeFileSync(join(root, 'etc/nginx/proxy.conf'), conf.replace('EDGE', edge).replace('PORT', String(port)));
  const child = await launch({
    name: 'plain-proxy',
    command: 'chroot',
    args: [root, '/usr/sbin/nginx', '-c', '/etc/nginx/proxy.conf', '-g', 'daemon off;'],
    log: join(folder, 'plain-proxy.log'),
    notReady: async () => undefined,
  });
  const url = `http://127.0.0.1:${port}`;
  const answers = () => fetch(`${url}/mark.txt`).then(({ ok }) => ok);
  await until('the plain proxy', 10, () => answers().catch(() => false));
  return { url, child };
}
