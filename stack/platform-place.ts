import { type Owner } from './files';
import { type Keys } from './keys';
import { type PlatformOptions } from './platform-options';
import { type PlatformPorts } from './platform-ports';

/** What the processes of a platform are made from: where it keeps things, and what it was given. */
export interface PlatformPlace {
  readonly options: PlatformOptions;
  readonly ports: PlatformPorts;
  readonly keys: Keys;
  readonly logDir: string;
  /** The operator's settings. */
  readonly environment: NodeJS.ProcessEnv;
  /** Whom a process runs as; undefined = as us, or for a server of root as nobody. */
  readonly owner: (name: string) => Owner | undefined;
}
