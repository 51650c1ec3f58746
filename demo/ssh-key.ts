import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface SshKey {
  file: string;
  publicKey: string;
}

/** A person's key pair, made as a person makes one. */
export function makeSshKey(file: string): SshKey {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'ada@blue.example', '-f', file]);
  return { file, publicKey: readFileSync(`${file}.pub`, 'utf8').trim() };
}
