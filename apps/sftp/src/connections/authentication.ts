import { setTimeout as pause } from 'node:timers/promises';
import { log } from '@nubo/observability';
import {
  type AuthContext,
  type ParsedKey,
  type PasswordAuthContext,
  type PublicKeyAuthContext,
  utils,
} from 'ssh2';
import type { Grant, Login, SftpBackend } from '../backends/backend';

export interface AuthenticationLimits {
  /** Wrong passwords and wrong signatures of one connection. */
  readonly tries: number;
  /** Keys that a client asks about; an agent may hold many. */
  readonly keys: number;
  /** Every refusal takes this long, whoever was asked for, ms. */
  readonly deniedMs: number;
}

/** Who is on the other side of one connection. */
export class Authentication {
  private tries = 0;
  private keys = 0;

  constructor(
    private readonly backend: SftpBackend,
    private readonly address: string,
    private readonly limits: AuthenticationLimits,
  ) {}

  /** What the client is let in with, once it is; undefined: it was answered, and may try again. */
  async attempt(context: AuthContext, hangUp: () => void): Promise<Grant | undefined> {
    const login = { login: context.username, address: this.address };
    switch (context.method) {
      case 'password':
        return this.counted(context, hangUp, () => this.password(context, login));
      case 'publickey':
        if (context.signature) return this.counted(context, hangUp, () => this.signed(context, login));
        return this.asked(context, login, hangUp);
      default:
        context.reject(['publickey', 'password']);
        return undefined;
    }
  }

  private password(context: PasswordAuthContext, login: Login): Promise<Grant | undefined> {
    return this.backend.withPassword(login, context.password);
  }

  private async signed(context: PublicKeyAuthContext, login: Login): Promise<Grant | undefined> {
    const key = keyOf(context);
    const { blob, signature, hashAlgo } = context;
    if (!key || !blob || !signature || key.verify(blob, signature, hashAlgo) !== true) return undefined;
    return this.backend.withKey(login, lineOf(key));
  }

  private async asked(context: PublicKeyAuthContext, login: Login, hangUp: () => void): Promise<undefined> {
    this.keys += 1;
    if (this.keys > this.limits.keys) return void hangUp();
    const key = keyOf(context);
    if (key && (await this.sure(() => this.backend.knowsKey(login, lineOf(key))))) context.accept();
    else context.reject(['publickey', 'password']);
  }

  private async counted(
    context: AuthContext,
    hangUp: () => void,
    work: () => Promise<Grant | undefined>,
  ): Promise<Grant | undefined> {
    this.tries += 1;
    const slow = pause(this.limits.deniedMs);
    const grant = await this.sure(work);
    if (grant) return grant;
    await slow;
    if (this.tries >= this.limits.tries) hangUp();
    else context.reject(['publickey', 'password']);
    return undefined;
  }

  /** Nobody gets in while nobody can say who may. */
  private async sure<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      log.warn({ err: error }, 'logins cannot be checked');
      return undefined;
    }
  }
}

function keyOf({ key }: PublicKeyAuthContext): ParsedKey | undefined {
  const parsed = utils.parseKey(key.data);
  return parsed instanceof Error ? undefined : parsed;
}

const lineOf = (key: ParsedKey): string => `${key.type} ${key.getPublicSSH().toString('base64')}`;
