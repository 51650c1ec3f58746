/** The part of the CDN's benchmark that needs a platform and hosts; runs in a lab. */
import { changes } from './changes';
import { SiteWorld } from './site-world';
import { ways } from './ways';

type Say = (line: string) => void;

const PARTS: readonly ((site: SiteWorld, say: Say) => Promise<string>)[] = [changes, ways];

export async function wholePlatform(say: Say): Promise<string> {
  const site = await SiteWorld.open(say);
  try {
    const parts: string[] = [];
    for (const part of PARTS) parts.push(await part(site, say));
    return parts.join('\n');
  } finally {
    await site.close();
  }
}
