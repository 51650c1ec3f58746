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
  /** Seals variables in the database: a key on each line, of which the first seals. */
  readonly secretsKeyFile: string;
  /** Opens the API of the name server. */
  readonly dnsKeyFile: string;
  readonly dnsKey: string;
  readonly natsPasswords: Readonly<Record<NatsUser, string>>;
}

/** Files of mode 600 in `dir`; a missing one is made, an existing one is left as it is. */
export function ensureKeys(dir: string): Keys {
  ownFolder(dir);
  ensurePair(dir, JWT, jwtPair);
  ensurePair(dir, SSH, sshPair);
  SECRETS.forEach((name) => ensureSecret(secretFile(dir, name)));
  ensureSecretsKey(secretsKeyIn(dir));
  return plannedKeys(dir);
}

/** The keys that {@link ensureKeys} would find or make in `dir`, which it leaves as it is; what is not there yet is ''. */
export function plannedKeys(dir: string): Keys {
  const [jwtKeyFile, jwtPublicKeyFile, sshKeyFile, sshPublicKeyFile] = [...JWT, ...SSH].map((name) =>
    join(dir, name),
  );
  return {
    ...{ jwtKeyFile, jwtPublicKeyFile, sshKeyFile, sshPublicKeyFile },
    postgresPassword: secretIn(dir, 'postgres'),
    sftpSecretFile: secretFile(dir, 'sftp'),
    secretsKeyFile: secretsKeyIn(dir),
    dnsKeyFile: secretFile(dir, 'dns'),
    dnsKey: secretIn(dir, 'dns'),
    natsPasswords: Object.fromEntries(
      NATS_USERS.map((user) => [user, secretIn(dir, `nats-${user}`)]),
    ) as Record<NatsUser, string>,
  };
}

const JWT = ['jwt.pem', 'jwt.pub.pem'] as const;
const SSH = ['ssh_ed25519', 'ssh_ed25519.pub'] as const;
const SECRETS = ['postgres', 'sftp', 'dns', ...NATS_USERS.map((user) => `nats-${user}`)];

interface Pair {
  readonly private: string;
  readonly public: string;
}

/** The public half is written first: a private key that exists is complete, and one that does not is unused. */
function ensurePair(dir: string, names: readonly [string, string], make: () => Pair): void {
  const [privatePath, publicPath] = [join(dir, names[0]), join(dir, names[1])];
  if (!existsSync(privatePath)) {
    const pair = make();
    writeAtomically(publicPath, pair.public);
    writeAtomically(privatePath, pair.private);
  }
}

const secretFile = (dir: string, name: string): string => join(dir, `${name}.password`);

function secretIn(dir: string, name: string): string {
  const path = secretFile(dir, name);
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
}

function ensureSecret(path: string): void {
  if (!existsSync(path)) writeAtomically(path, randomBytes(24).toString('base64url'));
}

const secretsKeyIn = (dir: string): string => join(dir, 'secrets.key');

function ensureSecretsKey(path: string): void {
  if (!existsSync(path)) writeAtomically(path, newSecretsKey());
}

const newSecretsKey = (): string => `${randomBytes(32).toString('base64url')}\n`;

/**
 * From its next start on, compute and hosting seal with a new key, and what is there again. Earlier keys stay in the file until
 * the operator takes them out. Throws when there are no keys in `dir`.
 */
export function rotateSecretsKey(dir: string): void {
  const path = secretsKeyIn(dir);
  writeAtomically(path, newSecretsKey() + readFileSync(path, 'utf8'));
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
