/** What web servers read: the folders of releases, and for each name a link to the one that is served. */
import { randomUUID } from 'node:crypto';
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { HostingConfig } from '../hosting.config';
import { ProjectFolders } from '../projects/project-folders.driver';
import { removeTree } from '../projects/tree-removal.driver';
import { Blobs } from '../releases/blobs.driver';
import { isPlainPath } from '../publication/publication.rules';
import { manifestText, type StockedFile } from '../releases/tree.rules';

const AT_ONCE = 32;
const RUN = 'run-';

/** Where a revision of a project is found. */
export interface RunPlace {
  revisionId: string;
  endpoints: { host: string; port: number }[];
}

/** As it was decided at some moment. */
export interface KeptReleases {
  numbers: ReadonlySet<number>;
  /** The last number that had been given to a release then. */
  newest: number;
}

@Injectable()
export class Sites {
  private readonly hosts: string;

  constructor(
    config: HostingConfig,
    private readonly folders: ProjectFolders,
    private readonly blobs: Blobs,
  ) {
    this.hosts = join(config.folder, 'sites', 'hosts');
  }

  /** Lays the files of a release out under its number: all of them, or no folder of that number. */
  async layOut(projectId: string, number: number, files: StockedFile[]): Promise<void> {
    await this.removeDrafts(projectId, number);
    const draft = join(this.folders.releases(projectId), `.${number}-${randomUUID()}`);
    try {
      await openFolder(draft);
      for (const folder of foldersOf(files)) await openFolder(join(draft, folder));
      for (let at = 0; at < files.length; at += AT_ONCE)
        await Promise.all(
          files
            .slice(at, at + AT_ONCE)
            .map(({ path, sha256 }) => this.blobs.place(sha256, join(draft, path))),
        );
      await writeFile(this.manifest(projectId, number), manifestText(files), { mode: 0o600 });
      await removeTree(this.folders.release(projectId, number));
      await rename(draft, this.folders.release(projectId, number));
    } finally {
      await removeTree(draft);
    }
  }

  /** Whoever was at it has died, or has lost it to us. */
  private async removeDrafts(projectId: string, number: number): Promise<void> {
    const folder = this.folders.releases(projectId);
    const names = (await readdir(folder).catch(() => [])).filter((name) => name.startsWith(`.${number}-`));
    for (const name of names) await removeTree(join(folder, name));
  }

  /** What a release consists of; nothing for one that is not there. */
  async files(projectId: string, number: number | null): Promise<StockedFile[]> {
    if (number === null) return [];
    const text = await readFile(this.manifest(projectId, number), 'utf8').catch(() => '[]');
    return JSON.parse(text) as StockedFile[];
  }

  /** Where on this machine a file of a release is; undefined when it has none at that path. */
  async find(projectId: string, number: number, path: string): Promise<string | undefined> {
    if (!isPlainPath(path)) return undefined;
    const found = join(this.folders.release(projectId, number), path);
    return (await lstat(found).catch(() => undefined))?.isFile() ? found : undefined;
  }

  /** From now on `hostname` is served from that release: a reader finds the old link or the new one. */
  serve(hostname: string, projectId: string, number: number): Promise<void> {
    return this.turn(hostname, join('..', projectId, 'releases', String(number)));
  }

  /**
   * From now on whoever asks for `hostname` is sent on to these places. A web server looks for the file `endpoints` beside the
   * folder that a name leads to: nobody but us writes there.
   */
  async lead(hostname: string, projectId: string, run: RunPlace): Promise<void> {
    const folder = join(this.folders.site(projectId), `${RUN}${run.revisionId}`);
    await openFolder(join(folder, 'root'));
    const text = run.endpoints.map(({ host, port }) => `${host} ${port}\n`).join('');
    const path = join(folder, 'endpoints');
    if ((await readFile(path, 'utf8').catch(() => undefined)) !== text) {
      const draft = `${path}.${randomUUID()}`;
      await writeFile(draft, text);
      await chmod(draft, 0o644);
      await rename(draft, path);
    }
    await chmod(folder, 0o711);
    await this.turn(hostname, join('..', projectId, `${RUN}${run.revisionId}`, 'root'));
  }

  /** Forgets where all revisions but this one were found. */
  async leadNoMore(projectId: string, but: string | undefined): Promise<void> {
    const site = this.folders.site(projectId);
    const others = (await readdir(site).catch(() => [])).filter(
      (name) => name.startsWith(RUN) && name !== `${RUN}${but}`,
    );
    for (const name of others) await removeTree(join(site, name));
  }

  /** From now on `domain` leads to wherever `hostname` does, now and later. */
  alias(domain: string, hostname: string): Promise<void> {
    return this.turn(domain, hostname);
  }

  /** A reader finds the old link or the new one. */
  private async turn(hostname: string, target: string): Promise<void> {
    const path = join(this.hosts, hostname);
    if ((await readlink(path).catch(() => '')) === target) return;
    await openFolder(this.hosts);
    const draft = join(this.hosts, `.${randomUUID()}`);
    await symlink(target, draft);
    await rename(draft, path);
  }

  async serveNoMore(hostname: string): Promise<void> {
    await rm(join(this.hosts, hostname), { force: true });
  }

  /** Removes the folders of all other releases there were then: one that was laid out since is none of them. */
  async keepOnly(projectId: string, { numbers, newest }: KeptReleases): Promise<void> {
    const folder = this.folders.releases(projectId);
    for (const name of await readdir(folder).catch(() => [])) {
      // A draft is `.<number>-…`.
      const number = Number(/^\.?(\d+)/.exec(name)?.[1]);
      if (numbers.has(number) || number > newest) continue;
      await removeTree(join(folder, name));
      await rm(this.manifest(projectId, number), { force: true });
    }
  }

  private manifest(projectId: string, number: number): string {
    return join(this.folders.site(projectId), `${number}.json`);
  }
}

/** Parents first. */
function foldersOf(files: StockedFile[]): string[] {
  const folders = new Set<string>();
  for (const { path } of files)
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) folders.add(folder);
  return [...folders].sort();
}

/** The web server is another user; what it may read does not depend on our umask. */
async function openFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await chmod(path, 0o755);
}
