/** Documents rot unseen: what they name must be there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

const filesIn = (folder: string, ending: RegExp): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => ending.test(name))
    .map((name) => join(folder, name));

const DOCUMENTS = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', ...filesIn('docs', /\.md$/)];

const IN_A_FOLDER = /^(apps|libs|lab|stack|demo|test|scripts|docs)\/[\w./-]*$/;
const AT_THE_TOP = /^\.?[\w.-]+\.(md|json|ya?ml|cjs|mjs|example)$/;

/** Paths in backticks outside of code blocks; `<noun>`, `*` and other patterns are none. */
function pathsIn(markdown: string): string[] {
  const prose = markdown.replace(/```.*?```/gs, '');
  const quoted = [...prose.matchAll(/`([^`\s]+)`/g)].map(([, text]) => text ?? '');
  return quoted.filter((text) => IN_A_FOLDER.test(text) || AT_THE_TOP.test(text));
}

const linksIn = (markdown: string): string[] =>
  [...markdown.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target ?? '')
    .filter((target) => !target.includes('://'));

/** Anchors of a document's headings, as GitHub makes them. */
const anchorsOf = (file: string): string[] =>
  [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    (title ?? '')
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

describe.each(DOCUMENTS)('%s', (document) => {
  const markdown = read(document);

  it('names no file that is not there', () => {
    expect(pathsIn(markdown).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('has no link that leads nowhere', () => {
    const dead = linksIn(markdown).filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path ? relative(ROOT, resolve(ROOT, dirname(document), path)) : document;
      return !existsSync(join(ROOT, target)) || (anchor && !anchorsOf(target).includes(anchor));
    });
    expect(dead).toEqual([]);
  });

  it('names no npm script that is not there', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...markdown.matchAll(/npm run (?:-s )?([a-z][a-z0-9:-]*)/g)].map(([, name]) => name ?? '');
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

const numbered = (letter: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${letter}${i + 1}`);

const REQUIREMENTS = [
  ...numbered('S', 4),
  ...numbered('A', 8),
  ...numbered('B', 6),
  ...numbered('C', 9),
  ...numbered('D', 10),
  ...numbered('E', 5),
];

interface Row {
  id: string;
  state: string;
  proof: string;
}

function requirementRows(): Row[] {
  const lines = read('docs/requirements.md')
    .split('\n')
    .filter((line) => /^\| [A-Z]\d+ /.test(line));
  return lines.map((line) => {
    const [, id = '', , state = '', proof = ''] = line.split('|').map((cell) => cell.trim());
    return { id, state, proof };
  });
}

describe('the list of requirements', () => {
  it('holds each requirement once', () => {
    expect(requirementRows().map(({ id }) => id)).toEqual(REQUIREMENTS);
  });

  it('says of each whether it is done, and names a test of whatever is', () => {
    const wrong = requirementRows().filter(({ state, proof }) => {
      const hasTest = /`[\w./-]+spec\.ts`/.test(proof);
      return state === 'not yet' ? hasTest : !['done', 'part'].includes(state) || !hasTest;
    });
    expect(wrong).toEqual([]);
  });

  it('says what is missing where a part is done, and only there', () => {
    const wrong = requirementRows().filter(
      ({ state, proof }) => proof.includes('not yet') !== (state === 'part'),
    );
    expect(wrong).toEqual([]);
  });
});

describe('the invariants', () => {
  it('each name the test that shows them', () => {
    const section = /## What is always true\n(.*?)\n## /s.exec(read('ARCHITECTURE.md'))?.[1] ?? '';
    const invariants = section.split(/\n(?=\d+\. )/).slice(1);
    expect(invariants.length).toBeGreaterThan(10);
    expect(invariants.filter((text) => !/spec\.ts`/.test(text))).toEqual([]);
  });
});

const READ_BY_SERVICES =
  /\b(?:text|integer|secret|list|ranges|portRange)\(\s*'((?:NUBO_|DATABASE_|NATS_|SMTP_)\w+)'/g;
const READ_BY_STACK = /process\.env\.(NUBO_\w+)/g;
const READ_TO_LISTEN = /\blistenAt\([\w.]+, '(NUBO_\w+)'\)/g;
const READ_BY_COMPOSE = /\$\{(\w+)/g;

const isSource = (file: string): boolean => !/spec\.ts$|\/testing|jest-/.test(file);
const namesIn = (files: string[], pattern: RegExp): string[] =>
  files.flatMap((file) => [...read(file).matchAll(pattern)].map(([, name]) => name ?? ''));

/** Every variable that services, `npm start` or docker-compose read. */
function settings(): string[] {
  const services = ['apps', 'libs'].flatMap((folder) => filesIn(folder, /\.ts$/)).filter(isSource);
  const stack = filesIn('stack', /\.ts$/).filter(isSource);
  const names = [
    ...namesIn([...services, ...stack], READ_BY_SERVICES),
    ...namesIn(stack, READ_BY_STACK),
    ...namesIn(stack, READ_TO_LISTEN),
    ...namesIn(['docker-compose.yml'], READ_BY_COMPOSE),
  ];
  return [...new Set(names)].filter((name) => !name.startsWith('NUBO_TEST_')).sort();
}

const mentions = (text: string, name: string): boolean => new RegExp(`\\b${name}(_FILE)?\\b`).test(text);

describe('the settings', () => {
  it('are found in the code', () => {
    expect(settings()).toEqual(expect.arrayContaining(['DATABASE_URL', 'NUBO_PAT_PORTS', 'NUBO_SSH_KEY']));
  });

  it('are all named in .env.example', () => {
    const example = read('.env.example');
    expect(settings().filter((name) => !mentions(example, name))).toEqual([]);
  });

  it('are all told in README.md', () => {
    const readme = read('README.md');
    expect(settings().filter((name) => !mentions(readme, name))).toEqual([]);
  });

  it('are all still there: .env.example names no other', () => {
    const named = [...read('.env.example').matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name ?? '');
    const known = settings();
    expect(named.filter((name) => !known.includes(name.replace(/_FILE$/, '')))).toEqual([]);
  });
});
