import type { Limits } from '../trees/room';

export interface Login {
  readonly login: string;
  readonly address: string;
}

/** What a login opened. */
export interface Grant {
  readonly sessionId: string;
  readonly projectId: string;
  readonly limits: Limits;
  readonly folders: { readonly site: string; readonly releases: string; readonly logs: string };
}

/** What a connection did since it was last told. */
export interface Activity {
  /** Files that are open for writing. */
  readonly writers: number;
  readonly touched: boolean;
  /** The file that asks for a release was written. */
  readonly deploy: boolean;
}

/** Who may log in, and who has to know what sessions do. */
export interface SftpBackend {
  /** Undefined: denied. Rejects when nobody can say. */
  withPassword(login: Login, password: string): Promise<Grant | undefined>;
  /** The key as in an `authorized_keys` line; its owner has shown that it has the other half. */
  withKey(login: Login, key: string): Promise<Grant | undefined>;
  /** Whether {@link withKey} would do; opens nothing. */
  knowsKey(login: Login, key: string): Promise<boolean>;
  /** False: the session must end. */
  active(grant: Grant, activity: Activity): Promise<boolean>;
  ended(grant: Grant): Promise<void>;
}
