/** The platform's own secrets: made at the first start, never made again. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { newPrivateKey, publicKeyOf } from '@nubo/remote';
import { ownFolder, writeAtomically } from './files';

export const NATS_USERS = [
  'gateway',
  'tenant',
  'compute',
  'network',
  'pat',
  'cdn',
  'hosting',
  'admin',
] as const;
export type NatsUser = (typeof NATS_USERS)[number];

export interface Keys {
  /** ES256 (P-256) private key, PKCS#8 PEM. */
  readonly jwtKeyFile: string;
  /** Its public key, SPKI PEM. */
  readonly jwtPublicKeyFile: string;
  /** ed25519, OpenSSH format. */
  readonly sshKeyFile: string;
  /** One line, as in authorized_keys. */
  readonly sshPublicKeyFile: string;
  readonly postgresPassword: string;
  /** What the SFTP server and the hosting service know each other by. */
  readonly sftpSecretFile: string;
  /** Opens the API of the name server. */
  readonly dnsKeyFile: string;
  readonly natsPasswords: Readonly<Record<NatsUser, string>>;
}

/** Files of mode 600 in `dir`; a missing one is made, an existing one is left as it is. */
export function ensureKeys(dir: string): Keys {
  ownFolder(dir);
  const [jwtKeyFile, jwtPublicKeyFile] = ensurePair(dir, ['jwt.pem', 'jwt.pub.pem'], jwtPair);
  const [sshKeyFile, sshPublicKeyFile] = ensurePair(dir, ['ssh_ed25519', 'ssh_ed25519.pub'], sshPair);
  return {
    jwtKeyFile,
    jwtPublicKeyFile,
    sshKeyFile,
    sshPublicKeyFile,
    postgresPassword: ensurePassword(dir, 'postgres'),
    sftpSecretFile: ensureSecret(dir, 'sftp'),
    dnsKeyFile: ensureSecret(dir, 'dns'),
    natsPasswords: Object.fromEntries(
      NATS_USERS.map((user) => [user, ensurePassword(dir, `nats-${user}`)]),
    ) as Record<NatsUser, string>,
  };
}

interface Pair {
  readonly private: string;
  readonly public: string;
}

/** The public half is written first: a private key that exists is complete, and one that does not is unused. */
function ensurePair(dir: string, names: [string, string], make: () => Pair): [string, string] {
  const [privatePath, publicPath] = [join(dir, names[0]), join(dir, names[1])];
  if (!existsSync(privatePath)) {
    const pair = make();
    writeAtomically(publicPath, pair.public);
    writeAtomically(privatePath, pair.private);
  }
  return [privatePath, publicPath];
}

const ensurePassword = (dir: string, name: string): string =>
  readFileSync(ensureSecret(dir, name), 'utf8').trim();

function ensureSecret(dir: string, name: string): string {
  const path = join(dir, `${name}.password`);
  if (!existsSync(path)) writeAtomically(path, randomBytes(24).toString('base64url'));
  return path;
}

function jwtPair(): Pair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return { private: privateKey, public: publicKey };
}

function sshPair(): Pair {
  const pem = newPrivateKey();
  return { private: pem, public: `${publicKeyOf(pem)} nubo\n` };
}
