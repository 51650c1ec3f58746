/** The part of the CDN's benchmark that needs a platform and hosts; runs in a lab. */
import { changes } from './changes';
import { SiteWorld } from './site-world';

export async function wholePlatform(say: (line: string) => void): Promise<string> {
  const site = await SiteWorld.open(say);
  try {
    return await changes(site, say);
  } finally {
    await site.close();
  }
}
