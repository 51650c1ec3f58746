/** README's story, told once for people (npm run demo) and once as a test. */
import { cdn } from './chapters/cdn';
import { farewell } from './chapters/farewell';
import { hosting } from './chapters/hosting';
import { machines } from './chapters/machines';
import { administrator, platform } from './chapters/platform';
import { reachability } from './chapters/reachability';
import { terminal } from './chapters/terminal';
import { tenants } from './chapters/tenants';
import type { Chapter } from './step';

export const story = (onProgress: (text: string) => void): Chapter[] => [
  { title: 'The platform', steps: platform(onProgress) },
  { title: 'The administrator', steps: administrator },
  { title: 'Two tenants', steps: tenants },
  { title: 'Networks and machines', steps: machines },
  { title: 'From outside and between', steps: reachability },
  { title: 'With the command line', steps: terminal },
  { title: 'Content at locations', steps: cdn },
  { title: 'A site under a name of its own', steps: hosting },
];

export const ending: Chapter = { title: 'And all of it goes away again', steps: farewell };
