/** OpenSSH's `sftp` as somebody runs it who uploads a site. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { ProjectView } from '@nubo/contracts';

const TIMEOUT_MS = 60_000;
/** BatchMode would be switched on by `-b`, and passwords with it off; the first that is said counts. */
const OPTIONS = [
  'BatchMode=no',
  'ConnectTimeout=10',
  'LogLevel=ERROR',
  'NumberOfPasswordPrompts=1',
  'StrictHostKeyChecking=no',
  'UserKnownHostsFile=/dev/null',
].flatMap((option) => ['-o', option]);

/** A password, or the file of a private key. */
export type Credential = { password: string } | { keyFile: string };

/** Writes `files` below `folder`, by their paths. */
export function writeSite(folder: string, files: Record<string, string>): string {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** Uploads all that is in `folder`. Throws with what sftp said when it fails. */
export async function upload(
  folder: string,
  { sftp: { host, port, login } }: ProjectView,
  credential: Credential,
): Promise<void> {
  const to = ['-P', String(port), `${login}@${host}`];
  const client = spawn('sftp', [...OPTIONS, ...identity(credential), '-b', '-', ...to], {
    env: { PATH: process.env['PATH'], ...answering(folder, credential) },
    timeout: TIMEOUT_MS,
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    client.once('error', reject).once('close', resolve);
  });
  const said = Promise.all([text(client.stdout), text(client.stderr)]);
  client.stdin.on('error', () => undefined).end(`lcd ${folder}\nput -r . .\n`);
  if ((await ended) !== 0) throw new Error(`sftp to ${login}@${host}: ${(await said)[1].trim()}`);
}

const identity = (credential: Credential): string[] =>
  'keyFile' in credential
    ? ['-i', credential.keyFile, '-o', 'PreferredAuthentications=publickey']
    : ['-o', 'PreferredAuthentications=password'];

/** The program that OpenSSH asks for a password where there is no terminal; it is in no argument list. */
function answering(folder: string, credential: Credential): Record<string, string> {
  if ('keyFile' in credential) return {};
  const askpass = `${folder}.askpass`;
  writeFileSync(askpass, '#!/bin/sh\nprintf "%s\\n" "$SFTP_PASSWORD"\n', { mode: 0o700 });
  return { SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force', SFTP_PASSWORD: credential.password };
}
