import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import { CONTENT_ROOT } from '@nubo/contracts';
import { Fleet, HostsAccess } from '@nubo/fleet';
import { sh } from '@nubo/remote';
import { pack, type Pack } from 'tar-stream';
import type { HostContent } from '../../../../../libs/entities/src/hosting';
import type { StockedFile } from '../../releases/tree.rules';
import type { ReleaseContent } from '../runner';
import { contentOf, sendingOf } from './nubo.rules';

/** A whole release goes out in one command. */
export const PLACE_MS = 240_000;

/** What of the project lies there already: a revision and its files. */
export interface Before {
  revisionId: string;
  files: StockedFile[];
}

/** The folders of contents on hosts. They are never changed, and named by what nobody else mints. */
@Injectable()
export class HostContents {
  constructor(
    private readonly fleet: Fleet,
    private readonly hosts: HostsAccess,
  ) {}

  /** All of the files, or no folder of that name. What is there already gets a second name instead of being sent. */
  async place(
    { hostId, projectId, revisionId }: HostContent,
    { content, before }: { content: ReleaseContent; before?: Before },
    signal: AbortSignal,
  ): Promise<void> {
    const host = await this.hosts.reach(hostId);
    const folder = `${CONTENT_ROOT}/${projectId}`;
    const draft = `${revisionId}.${randomUUID()}`;
    const archive = pack();
    const send = fill(archive, { content, before, draft });
    const command = sh`set -e
folder=${folder} name=${revisionId} draft=${draft}
mkdir -p "$folder" && chmod 711 /var/lib/nubo ${CONTENT_ROOT} "$folder" && cd "$folder"
if [ -d "$name" ]; then exec cat >/dev/null; fi
mkdir -m 755 "$draft"
tar -x --no-same-owner --preserve-permissions --no-overwrite-dir
sync -f "$draft"
mv -T "$draft" "$name" || [ -d "$name" ]
rm -rf "$name".*`;
    const placed = host.run(command, { stdin: Readable.from(archive), signal, timeoutMs: PLACE_MS });
    await Promise.all([placed, send]).catch((error: Error) => {
      archive.destroy(error);
      throw error;
    });
  }

  /** False for a host that is no more part of the platform. Throws when it does not answer. */
  async remove({ hostId, projectId, revisionId }: HostContent, signal: AbortSignal): Promise<boolean> {
    if (!(await this.fleet.find(hostId))) return false;
    const host = await this.hosts.reach(hostId);
    const path = `${CONTENT_ROOT}/${contentOf(projectId, revisionId)}`;
    const command = sh`rm -rf ${path} ${path}.* && rmdir ${dirname(path)} 2>/dev/null || [ ! -d ${path} ]`;
    await host.run(command, { signal });
    return true;
  }
}

interface Filling {
  content: ReleaseContent;
  before?: Before;
  draft: string;
}

/** Whoever runs in a container is nobody on the host: all of it is readable by everybody, and writable by nobody there. */
async function fill(archive: Pack, { content, before, draft }: Filling): Promise<void> {
  const files = (await content.files()).toSorted((a, b) => (a.path < b.path ? -1 : 1));
  for (const folder of foldersOf(files))
    archive.entry({ name: `${draft}/${folder}`, type: 'directory', mode: 0o755 });
  for (const sent of sendingOf(files, before?.files ?? [])) {
    const name = `${draft}/${sent.path}`;
    if ('sameAs' in sent) {
      archive.entry({ name, type: 'link', linkname: `${before?.revisionId}/${sent.sameAs}`, mode: 0o644 });
      continue;
    }
    const entry = archive.entry({ name, size: sent.size, mode: 0o644 });
    await pipeline(createReadStream(join(content.folder, sent.path)), entry);
  }
  archive.finalize();
}

/** Parents first. */
function foldersOf(files: StockedFile[]): string[] {
  const folders = new Set<string>();
  for (const { path } of files)
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) folders.add(folder);
  return [...folders].sort();
}
