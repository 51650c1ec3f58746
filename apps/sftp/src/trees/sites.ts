import type { Grant } from '../backends/backend';
import { FolderTree } from './folder.tree';
import { Inside } from './inside.driver';
import { SiteTree } from './site.tree';
import { VirtualTree } from './virtual.tree';

/** The trees of all sessions: those of one project write to the same site. */
export class Sites {
  private readonly shared = new Map<string, { tree: Promise<SiteTree>; sessions: number }>();

  /** What the holder of the grant sees, until it is closed. */
  async open(grant: Grant): Promise<{ tree: VirtualTree; close: () => Promise<void> }> {
    const { folders } = grant;
    const [releases, logs] = await Promise.all([readOnly(folders.releases), readOnly(folders.logs)]);
    const site = await this.enter(grant);
    return {
      tree: new VirtualTree(
        new Map([
          ['site', site],
          ['releases', releases],
          ['logs', logs],
        ]),
      ),
      close: async () => {
        await Promise.all([releases.close(), logs.close(), this.leave(folders.site)]);
      },
    };
  }

  private async enter({ folders, limits }: Grant): Promise<SiteTree> {
    const { site } = folders;
    const entry = this.shared.get(site) ?? {
      tree: Inside.open(site).then((inside) => new SiteTree(inside, limits)),
      sessions: 0,
    };
    entry.sessions += 1;
    this.shared.set(site, entry);
    try {
      const tree = await entry.tree;
      tree.limitTo(limits);
      return tree;
    } catch (error) {
      await this.leave(site);
      throw error;
    }
  }

  private async leave(site: string): Promise<void> {
    const entry = this.shared.get(site);
    if (!entry) return;
    entry.sessions -= 1;
    if (entry.sessions > 0) return;
    this.shared.delete(site);
    await (await entry.tree.catch(() => undefined))?.close();
  }
}

const readOnly = async (folder: string): Promise<FolderTree> => new FolderTree(await Inside.open(folder));
