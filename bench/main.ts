/** `npm run bench -- api | cdn [edges | platform] | hosting [live | sftp | sites | requests] [--save]`: measures promises on a platform of its own, on this machine. */
import { parseArgs } from 'node:util';
import { benchApi } from './api';
import { benchCdn } from './cdn';
import { benchHosting } from './hosting';
import { saved } from './report';

const BENCHES: Record<string, (part?: string) => Promise<string>> = {
  api: benchApi,
  cdn: benchCdn,
  hosting: benchHosting,
};

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { save: { type: 'boolean', default: false } },
  });
  const [name = '', part] = positionals;
  const bench = BENCHES[name];
  if (!bench) throw new Error(`usage: npm run bench -- ${Object.keys(BENCHES).join(' | ')} [--save]`);
  const report = await bench(part);
  process.stdout.write(`\n${report}`);
  if (values.save) saved(name, report);
}

main().catch((error: Error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
