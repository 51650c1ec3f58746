/** Names of one's own under which a project is served. */
import { domainToASCII } from 'node:url';
import { Argument, type Command } from 'commander';
import type { Schemas } from '../client/views';
import { naming } from '../commands/arguments';
import type { Cli } from '../commands/cli';
import { conclude, tried } from '../commands/finish';
import type { Context } from '../context';
import { notFound } from '../errors';
import { minute } from '../nouns/columns';
import { column, type Column } from '../output/columns';
import { idOf } from '../resolve/resolve';
import { projects } from './projects.noun';

type Domain = Schemas['DomainView'];

const COLUMNS: readonly Column<Domain>[] = [
  column<Domain>('DOMAIN', ({ domain }) => domain, { whole: true }),
  column<Domain>('STATE', ({ state }) => state, { whole: true, isState: true }),
  column<Domain>('SERVED', ({ served }) => (served ? 'yes' : 'no')),
  column<Domain>('LOOKED FOR', ({ checkedAt }) => (checkedAt ? minute(checkedAt) : '–'), { whole: true }),
  column<Domain>('TLS UNTIL', ({ certificate }) => (certificate?.until ? minute(certificate.until) : '–'), {
    whole: true,
  }),
  column<Domain>('WHY', ({ stateReason, certificate }) => stateReason ?? certificate?.reason ?? ''),
];

export function addProjectDomains(cli: Cli, project: Command): void {
  const parent = project
    .command('domain')
    .description('Domains of your own under which a project is served.');
  parent
    .command('ls')
    .description('List a project’s own domains.')
    .addArgument(naming(projects))
    .action(cli.action<[string]>(list));
  parent
    .command('add')
    .description(
      'Serve a project under a domain of your own, and say which record proves that it is yours. Again: look for the record now.',
    )
    .addArgument(naming(projects))
    .addArgument(new Argument('<domain>', 'its name in DNS, like www.example.org'))
    .action(cli.action<[string, string]>(add));
  parent
    .command('rm')
    .description('Serve a project under a domain of your own no more.')
    .addArgument(naming(projects))
    .addArgument(new Argument('<domain>', 'its name in DNS, or its id'))
    .action(cli.action<[string, string]>(remove));
}

async function list(ctx: Context, text: string): Promise<void> {
  ctx.out.rows(
    COLUMNS,
    await domainsOf(ctx, await idOf(ctx, projects, text)),
    'It has no domain of its own.',
  );
}

async function add(ctx: Context, text: string, domain: string): Promise<void> {
  const params = { path: { id: await idOf(ctx, projects, text) }, ...ctx.creation };
  const body = { domain };
  const added = await ctx.body(ctx.api.POST('/hosting/projects/{id}/domains', { params, body }));
  if (ctx.options.dryRun) return tried(ctx, `Domain ${added.domain}`, added);
  const { record, target, state } = added;
  ctx.out.done(`${added.domain} is ${state} for ${text}.`, added);
  if (ctx.out.json) return;
  ctx.out.lines(`Make this record: ${record.name}. ${record.type} "${record.value}"`);
  ctx.out.lines(`Lead visitors:    ${added.domain}. CNAME ${target}.`);
}

async function remove(ctx: Context, text: string, wanted: string): Promise<void> {
  const id = await idOf(ctx, projects, text);
  const written = domainToASCII(wanted.trim()).replace(/\.$/, '');
  const domain = (await domainsOf(ctx, id)).find((each) => each.id === wanted || each.domain === written);
  if (!domain) throw notFound(`${text} has no domain ${wanted}.`);
  const params = { path: { id, domainId: domain.id }, query: ctx.change };
  const gone = await ctx.body(ctx.api.DELETE('/hosting/projects/{id}/domains/{domainId}', { params }));
  const sentence = `${text} is served under ${domain.domain} no more.`;
  conclude(ctx, `Domain ${domain.domain}`, sentence, gone ?? domain);
}

const domainsOf = (ctx: Context, id: string): Promise<Domain[]> =>
  ctx.body(ctx.api.GET('/hosting/projects/{id}/domains', { params: { path: { id } } }));
