/** Bytes and files a second over SFTP, beside OpenSSH's own server, with OpenSSH's client; the servers take turns. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { launch, type Child } from '../../stack/child';
import { freePort, greeting } from '../../stack/ports';
import { median } from '../load';
import { table } from '../report';
import { scaled, type HostingBenchWorld, type Say } from './sites-world';

const run = promisify(execFile);
const MIB = scaled(128);
const FILES = scaled(500);
const SMALL = 4_096;
const ROUNDS = scaled(7);
const SERVER = '/usr/lib/openssh/sftp-server';

interface Door {
  readonly name: string;
  readonly login: string;
  readonly port: number;
  /** Where its uploads go. */
  readonly folder: string;
}

interface Work {
  readonly title: string;
  readonly amount: number;
  readonly unit: string;
  readonly commands: (local: string, folder: string) => string;
}
const WORKS: readonly Work[] = [
  {
    ...{ title: `upload of ${MIB} MiB`, amount: MIB, unit: 'MiB/s' },
    commands: (local, folder) => `put ${local}/large.bin ${folder}large.bin`,
  },
  {
    ...{ title: `download of ${MIB} MiB`, amount: MIB, unit: 'MiB/s' },
    commands: (local, folder) => `get ${folder}large.bin ${local}/back.bin`,
  },
  {
    ...{ title: `upload of ${FILES} files of 4 KiB`, amount: FILES, unit: 'files/s' },
    commands: (local, folder) => `put -r ${local}/small ${folder}`,
  },
];

export async function throughput(world: HostingBenchWorld, say: Say): Promise<string> {
  const local = prepared(world.folder);
  const [sshd, theirs] = await startSshd(world);
  try {
    const doors = [await ours(world), theirs];
    const rows: string[][] = [];
    const verdicts: string[] = [];
    for (const work of WORKS) {
      say(`SFTP: ${work.title}`);
      const [mine, plain, ratio] = await compare(world, doors, { work, local });
      rows.push([`${work.title}, ${work.unit}`, mine.toFixed(0), plain.toFixed(0), percent(ratio)]);
      verdicts.push(`${percent(ratio)} at the ${work.title}`);
    }
    return [
      `SFTP with OpenSSH’s client, a connection each time, median of ${ROUNDS} rounds that take turns; the ratio is of each round by itself. Client and servers share the processors:`,
      '',
      table(['', 'Nubo', 'OpenSSH', 'Nubo / OpenSSH'], rows),
      '',
      `- SFTP against OpenSSH’s sftp-server: **${verdicts.join(', ')}**`,
      '',
    ].join('\n');
  } finally {
    await sshd.stop();
  }
}

const percent = (ratio: number): string => `${(ratio * 100).toFixed(0)} %`;

function prepared(folder: string): string {
  const local = join(folder, 'local');
  mkdirSync(join(local, 'small'), { recursive: true });
  writeFileSync(join(local, 'large.bin'), randomBytes(MIB * 1024 * 1024));
  for (let n = 0; n < FILES; n += 1) writeFileSync(join(local, 'small', `${n}.bin`), randomBytes(SMALL));
  return local;
}

async function ours(world: HostingBenchWorld): Promise<Door> {
  const { sftp } = await world.project(world.somebody(), { autoPublish: 'manual' });
  return { name: 'Nubo', login: sftp.login, port: sftp.port, folder: '' };
}

/** sshd as Debian has it, with a key of its own, and uploads into our folder. */
async function startSshd({ folder, sshKey }: HostingBenchWorld): Promise<[Child, Door]> {
  const dir = join(folder, 'sshd');
  mkdirSync(join(dir, 'files'), { recursive: true });
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(dir, 'host')]);
  copyFileSync(`${sshKey.file}.pub`, join(dir, 'authorized'));
  const port = await freePort();
  const config = join(dir, 'sshd_config');
  const lines = [
    ...[`Port ${port}`, 'ListenAddress 127.0.0.1', `HostKey ${join(dir, 'host')}`, 'PidFile none'],
    ...[`AuthorizedKeysFile ${join(dir, 'authorized')}`, 'StrictModes no', 'UsePAM no'],
    ...['PermitRootLogin yes', `Subsystem sftp ${SERVER}`, ''],
  ];
  writeFileSync(config, lines.join('\n'));
  const child = await launch({
    ...{ name: 'sshd', command: '/usr/sbin/sshd', args: ['-D', '-e', '-f', config] },
    log: join(dir, 'sshd.log'),
    notReady: async () => ((await greeting(port)) ? undefined : 'sshd does not answer'),
  });
  return [child, { name: 'OpenSSH', login: userInfo().username, port, folder: `${join(dir, 'files')}/` }];
}

interface Job {
  readonly work: Work;
  readonly local: string;
}

async function compare(world: HostingBenchWorld, doors: Door[], job: Job): Promise<[number, number, number]> {
  const found: number[][] = doors.map(() => []);
  for (const door of doors) await rate(world, door, job);
  for (let round = 0; round < ROUNDS; round += 1)
    for (const n of round % 2 === 0 ? [0, 1] : [1, 0]) found[n].push(await rate(world, doors[n], job));
  const [mine, plain] = found;
  return [median(mine), median(plain), median(mine.map((one, round) => one / plain[round]))];
}

/** Amount a second, of a whole run of the client. */
async function rate({ sshKey }: HostingBenchWorld, door: Door, { work, local }: Job): Promise<number> {
  const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'];
  const words = options.flatMap((option) => ['-o', option]);
  const to = ['-P', String(door.port), '-i', sshKey.file, `${door.login}@127.0.0.1`];
  const began = performance.now();
  const running = run('sftp', ['-b', '-', ...words, ...to], { maxBuffer: 16 * 1024 * 1024 });
  running.child.stdin?.end(`${work.commands(local, door.folder)}\n`);
  await running;
  return work.amount / ((performance.now() - began) / 1_000);
}
