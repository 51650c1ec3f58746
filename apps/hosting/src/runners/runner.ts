/** Where projects run that are more than files: in Nubo's own containers, or elsewhere. */
import type { RunTemplate } from '@nubo/contracts';
import type { Run } from '@nubo/reconcile';
import type { StockedFile } from '../releases/tree.rules';

/** What a runner has to know of a project. None of it changes while the project lives. */
export interface RunProject {
  /** A UUID. */
  id: string;
  /** A label as in RFC 1123; unique among the projects that there are. */
  name: string;
  /** The name that visitors ask for, in the `Host` header. */
  hostname: string;
  /** Who pays. */
  tenantId: string | null;
  userId: string;
}

/** The files of a release. They are never changed. */
export interface ReleaseContent {
  /** SHA-256 of what it consists of: equal for equal content. */
  manifest: string;
  /** On the machine of this service; plain files below it, readable by everybody, to be opened for reading only. */
  folder: string;
  /** In no order; `path` is relative to `folder`. */
  files(): Promise<StockedFile[]>;
}

/**
 * One thing to run: a release with the settings of its time. It is never changed: other settings are another revision,
 * under another id. Only the number of its replicas changes.
 */
export interface Revision {
  /** A UUID, minted here: what the runner makes is named by it, so that asking twice makes one. */
  id: string;
  project: RunProject;
  /** The number of the release. */
  release: number;
  content: ReleaseContent;
  template: RunTemplate;
  /** One of `RUN_TEMPLATES`. */
  templateVersion: string;
  /** Of one replica, MiB. */
  memory: number;
  /** A path with a query, if it has one: what a replica is asked for to learn whether it answers. */
  healthPath: string;
  /** Variables and secrets. They must not come into logs, argument lists, names or errors. */
  env: Readonly<Record<string, string>>;
}

/** A place where the web server finds a replica, or all of them: it balances among them, and keeps the `Host` header. */
export interface Endpoint {
  /** An IPv4 address that the web server reaches. */
  host: string;
  port: number;
}

/** The way of visitors to a revision. */
export interface Way {
  /** Where the web server finds what stands of it. */
  endpoints: Endpoint[];
  /** Names of people's own that lead to the project now, beside its hostname. */
  domains: () => Promise<string[]>;
}

/** What stands of a revision. */
export interface RevisionStatus {
  /** Replicas that have been asked and have answered (any status below 500 to `GET` of the health path). */
  ready: number;
  /** What of them the web server may send visitors to; empty while none is ready. */
  endpoints: Endpoint[];
  /** What is waited for, for a person; null: all wanted replicas are ready. */
  waitsFor: string | null;
  /**
   * Why it will not come up as it is, for a person: its program ended, a quota is exhausted, there is no such image. Waiting
   * for longer changes nothing. null: it may.
   */
  failure: string | null;
}

/**
 * Runs revisions. It decides nothing: which revision is served, how many replicas it has, and when one is given up is decided by
 * whoever calls it. Every method
 * - may be called at any time, any number of times, by several processes one after the other, and after a kill -9 at any point: what
 *   it has to remember is in rows of its own or in names made of ids;
 * - wraps what it does outside in `run.step(…)`, listens to the step's signal, and returns soon (within seconds): what takes
 *   longer is looked at again with the next call;
 * - throws a `NuboError` or what its driver throws when the outside does not answer; it is called again with back-off.
 */
export abstract class Runner {
  /**
   * Makes `replicas` (1–8) replicas of the revision be there, each with the content read-only at `/site`, the variables,
   * `PORT=8080`, the memory, and a network that no other project reaches; mends what has died, adds and removes when
   * the number has changed.
   * The program is started by the image of its template, and restarted for as long as the revision is not discarded.
   */
  abstract ensure(revision: Revision, replicas: number, run: Run): Promise<RevisionStatus>;

  /**
   * Called when the web server is about to send visitors to the revision's endpoints, and again with every later look: leads what lies
   * between endpoints and replicas (an ingress) to this revision, under all names of the project. The endpoints that then lead to it.
   */
  abstract lead(revision: Revision, way: Way, run: Run): Promise<Endpoint[]>;

  /** Ends all replicas of a revision and removes all that it has. True when nothing of it is left. */
  abstract discard(project: RunProject, revisionId: string, run: Run): Promise<boolean>;

  /**
   * Removes all that was ever made for a project, from whatever half-made state, its revisions included. True when nothing is left
   * that a project of the same name could meet; what lies on a host that does not answer may follow later.
   */
  abstract remove(project: RunProject, run: Run): Promise<boolean>;

  /**
   * The last `lines` lines that its replicas wrote to standard output and error, those of a replica together. Empty when it
   * never ran. Throws `unavailable` when nobody can be asked.
   */
  abstract output(project: RunProject, revisionId: string, lines: number): Promise<string>;
}
