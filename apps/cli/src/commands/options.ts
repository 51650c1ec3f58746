import { Option } from 'commander';
import { labels } from './parsers';

export interface Labelled {
  metadata?: Record<string, string>;
}

/** `--metadata team=blue --metadata tier=web`: on an update they take the place of all that were there. */
export const labelOption = (): Option =>
  new Option('--metadata <key=value>', 'metadata of your own; may be given several times').argParser(labels);

export const nameOption = (description = 'its name'): Option => new Option('--name <name>', description);
