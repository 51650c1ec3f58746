/** The operator's settings of an installation: taken from the environment once, then read from their file. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { projectRoot } from '../files';

const HEAD = `# Settings of this installation, NAME=value. .env.example in the program's folder names all of them.
# After a change: npm run install-service
`;
/** Installation and units decide these themselves. */
const DECIDED = /^NUBO_(DATA_DIR|SERVICE|HTTP_HOST|HTTP_PORT|BIND|PORT|MAIL_PORT|DNS_PORT)$/;

/** What the services are given: the file's settings, and nothing of the shell that the installation is run from. */
export function settingsIn(file: string): Record<string, string> {
  return parseEnv(readFileSync(file, 'utf8')) as Record<string, string>;
}

/** The settings that `environment` holds, out of those that .env.example names. */
export function settingsOfShell(environment: NodeJS.ProcessEnv): Record<string, string> {
  const example = readFileSync(join(projectRoot(), '.env.example'), 'utf8');
  const known = [...example.matchAll(/^#?([A-Z][A-Z_]+)=/gm)].map(([, name]) => name.replace(/_FILE$/, ''));
  const names = known.filter((name) => !DECIDED.test(name)).flatMap((name) => [name, `${name}_FILE`]);
  const given = names.flatMap((name): [string, string][] => {
    const value = environment[name];
    return value ? [[name, value]] : [];
  });
  return Object.fromEntries(given);
}

/** Throws when a value holds every kind of quotes. */
export function settingsText(settings: Readonly<Record<string, string>>): string {
  return HEAD + Object.entries(settings).map(settingLine).join('');
}

/** Within double quotes `\n` would mean a new line. */
function settingLine([name, value]: [string, string]): string {
  const quote = ["'", '`', '"'].find(
    (mark) => !value.includes(mark) && !(mark === '"' && value.includes('\\')),
  );
  if (!quote) throw new Error(`${name} holds every kind of quotes: give ${name}_FILE instead`);
  return `${name}=${quote}${value}${quote}\n`;
}

/** `NAME`, or the content of the file that `NAME_FILE` names; '' when neither is there. */
export function secretIn(settings: Readonly<Record<string, string>>, name: string): string {
  const file = settings[`${name}_FILE`];
  return file ? readFileSync(file, 'utf8').trim() : (settings[name] ?? '');
}
