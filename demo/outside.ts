/** What somebody outside the cloud can do: SSH and HTTP to external addresses. */
import type { World } from './world';

const SSH = [
  '-o',
  'StrictHostKeyChecking=no',
  '-o',
  'UserKnownHostsFile=/dev/null',
  '-o',
  'LogLevel=ERROR',
  '-o',
  'ConnectTimeout=5',
  '-o',
  'BatchMode=yes',
];

interface Door {
  externalIp: string;
  externalPort: number;
}

/** Runs `command` in the VM behind the door, as root unless said otherwise. Throws with what ssh said when it fails. */
export async function ssh(
  world: World,
  { externalIp, externalPort }: Door,
  command: string,
  user = 'root',
): Promise<string> {
  const argv = [
    'ssh',
    '-i',
    world.sshKey.file,
    ...SSH,
    '-p',
    String(externalPort),
    `${user}@${externalIp}`,
    command,
  ];
  const { code, stdout, stderr } = await world.lab.outside.exec(argv, { timeoutMs: 20_000 });
  if (code !== 0)
    throw new Error(`ssh to ${externalIp}:${externalPort}: ${stderr.trim() || `exit code ${code}`}`);
  return stdout.trim();
}

/** Fetches `path` from behind the door. Throws when nothing answers. */
export async function http(world: World, { externalIp, externalPort }: Door, path = '/'): Promise<string> {
  const url = `http://${externalIp}:${externalPort}${path}`;
  const { code, stdout, stderr } = await world.lab.outside.exec(
    ['curl', '-sS', '--fail', '--max-time', '5', url],
    {
      timeoutMs: 10_000,
    },
  );
  if (code !== 0) throw new Error(`nothing answers at ${url}: ${stderr.trim()}`);
  return stdout.trim();
}

const ECHO = `require('node:http').createServer((q, r) => r.end('seen as ' + q.socket.remoteAddress)).listen(8000, '0.0.0.0')`;

/** Runs a web server outside, for `seconds` at most, that tells each client its address. */
export function outsideServer(world: World, seconds: number): { url: string; ended: Promise<unknown> } {
  const argv = ['timeout', String(seconds), process.execPath, '-e', ECHO];
  const ended = world.lab.outside.exec(argv, { timeoutMs: (seconds + 5) * 1000 });
  return { url: `http://${world.lab.outside.address}:8000/`, ended };
}
