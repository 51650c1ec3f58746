/** Plain nginx inside the namespaces of an edge. */
import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../demo/wait';
import { type Instance } from '../../edge/testing/instance';

export const BARE_PORT = 8082;

export interface Bare {
  /** Of nginx's master. */
  readonly pid: number;
  readonly url: string;
}

/** Starts it with the files of the release `bench`; it dies with the edge. */
export async function startBare(edge: Instance): Promise<Bare> {
  copyFileSync(join(__dirname, 'bare.conf'), join(edge.root, 'etc/nginx/bare.conf'));
  const [init] = edge.pids();
  const enter = ['-t', String(init), '--mount', '--net', '--pid', `--root=/proc/${init}/root`, '--wd=/'];
  const nginx = ['/usr/sbin/nginx', '-c', '/etc/nginx/bare.conf', '-g', 'daemon off;'];
  const child: ChildProcess = spawn('nsenter', [...enter, ...nginx], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://${edge.address}:${BARE_PORT}`;
  await until('plain nginx answers', 10, async () => (await fetch(`${url}/1k.bin`)).status === 200);
  const master = edge.pids().find((pid) => commandOf(pid).includes('bare.conf'));
  if (!master) throw new Error(`plain nginx is not there: ${child.exitCode}`);
  return { pid: master, url };
}

const commandOf = (pid: number): string => readFileSync(`/proc/${pid}/cmdline`, 'utf8');
