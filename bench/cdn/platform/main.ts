/** The part of the CDN's benchmark that needs a platform and hosts; runs in a lab. */
import { changes } from './changes';
import { paths } from './paths';
import { SiteWorld } from './site-world';

export async function wholePlatform(say: (line: string) => void): Promise<string> {
  const site = await SiteWorld.open(say);
  try {
    return [await paths(site, say), await changes(site, say)].join('\n');
  } finally {
    await site.close();
  }
}
