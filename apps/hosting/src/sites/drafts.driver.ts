/** What was being written when a process was killed: all of it is written under names that begin or end like no other. */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { ProjectFolders } from '../projects/project-folders.driver';
import { removeTree } from '../projects/tree-removal.driver';

/** What is younger may be somebody's who is still at it. */
const GRACE_MS = 3_600_000;
const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
/** `.<id>` and `.<number>-<id>`: no site has a name like that. */
const HIDDEN = new RegExp(`^\\.(?:\\d+-)?${UUID}$`);
/** `<name>.<id>`, besides. */
const DRAFT = new RegExp(`^(?:\\.(?:\\d+-)?|[a-z]+(?:\\.json)?\\.)${UUID}$`);

@Injectable()
export class Drafts {
  constructor(private readonly folders: ProjectFolders) {}

  /** Removes those that nobody will finish. How many it were. */
  async sweep(graceMs = GRACE_MS): Promise<number> {
    const { sites } = this.folders;
    let removed = 0;
    for (const name of await entries(sites)) {
      const site = join(sites, name);
      const old = Date.now() - graceMs;
      if (name === 'hosts') {
        removed += await sweepIn(site, HIDDEN, old);
        continue;
      }
      const runs = (await entries(site)).filter((each) => each.startsWith('run-'));
      for (const place of ['', 'releases', 'logs', ...runs])
        removed += await sweepIn(join(site, place), DRAFT, old);
    }
    return removed;
  }
}

async function sweepIn(folder: string, draft: RegExp, old: number): Promise<number> {
  let removed = 0;
  for (const name of (await entries(folder)).filter((each) => draft.test(each))) {
    const path = join(folder, name);
    const found = await lstat(path).catch(() => undefined);
    if (!found || found.mtimeMs > old) continue;
    await removeTree(path);
    removed += 1;
  }
  return removed;
}

const entries = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
