import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CdnInstanceView, DistributionView, ReleaseView } from '@nubo/contracts';
import { CommandLine } from '../command-line';
import { http } from '../outside';
import type { Step } from '../step';
import { until } from '../wait';
import { SUBNET, type World } from '../world';
import { assertThat } from './reachability';

const NAME = 'tulips';
const PLACES = ['loc1', 'loc2'];

export const cdn: Step[] = [
  {
    title: `Grace publishes an archive at two locations, in ${SUBNET} once more`,
    run: publish,
  },
  { title: 'Anybody fetches it from both, through the gateway', run: throughTheGateway },
  { title: 'And from outside: through its controller, and from edges directly', run: directly },
  { title: 'A second release ships what is new and nothing else', run: releaseAgain },
  { title: 'Back to the first', run: rollBack },
  { title: 'An edge is killed: the other serves, and it comes back with its content', run: killAnEdge },
  { title: 'The distribution is deleted, and what it had is gone', run: remove },
];

const nubo = (world: World): CommandLine =>
  new CommandLine(world.platform.gatewayUrl, join(world.folder, 'grace'));
const shown = (world: World): Promise<DistributionView> =>
  nubo(world).json<DistributionView>('cdn', 'show', NAME);

/** A site of three files; only the page is another one in each release. */
function archiveOf(world: World, release: number): string {
  const folder = join(world.folder, `site-${release}`);
  mkdirSync(join(folder, 'img'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), pageOf(release));
  writeFileSync(join(folder, 'site.css'), 'body { color: darkred }\n'.repeat(100));
  writeFileSync(
    join(folder, 'img/tulip.svg'),
    `<svg xmlns="http://www.w3.org/2000/svg">${' '.repeat(50_000)}</svg>`,
  );
  const archive = join(world.folder, `site-${release}.tar.gz`);
  execFileSync('tar', ['-C', folder, '-czf', archive, '.']);
  return archive;
}

const pageOf = (release: number): string => `<h1>Tulips, release ${release}</h1>`;

async function publish(world: World): Promise<string> {
  const [, grace] = world.tenants;
  await nubo(world).run('login', grace.email, grace.password);
  const said = await nubo(world).shown('cdn', 'add', archiveOf(world, 1), SUBNET, ...PLACES, '--name', NAME);
  const view = await shown(world);
  const roles = view.instances.map(({ role }) => role).sort();
  assertThat(roles.join(' ') === 'client controller edge edge host', `its instances are ${roles.join(' ')}`);
  assertThat(
    view.instances.every(({ state }) => state === 'serving'),
    `not all serve: ${JSON.stringify(view.instances)}`,
  );
  return `${said}\n${await nubo(world).run('cdn', 'show', NAME)}`;
}

async function throughTheGateway(world: World): Promise<string> {
  const { customerId } = await shown(world);
  const told = await Promise.all(PLACES.map((location) => fetched(world, customerId, location)));
  for (const [n, { location, page }] of told.entries())
    assertThat(location === PLACES[n] && page === pageOf(1), `${PLACES[n]}: ${page} from ${location}`);
  return told.map(({ url, page, location }) => `${url} → "${page}" from ${location}`).join('\n');
}

interface Fetched {
  url: string;
  page: string;
  location: string | null;
}

async function fetched(world: World, customerId: string, wanted: string): Promise<Fetched> {
  const url = `${world.platform.gatewayUrl}/cdn/${customerId}/index.html?location=${wanted}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw new Error(`${url} → ${response.status}: ${await response.text()}`);
  return { url, page: await response.text(), location: response.headers.get('x-nubo-location') };
}

async function directly(world: World): Promise<string> {
  const { url, instances } = await shown(world);
  const doors = [
    `${url}/index.html?location=${PLACES[1]}`,
    ...edgesOf(instances).map((edge) => `${edge.url}/index.html`),
  ];
  const told = await Promise.all(
    doors.map(async (door) => {
      const { hostname, port, pathname, search } = new URL(door);
      const place = { externalIp: hostname, externalPort: Number(port) };
      const page = await http(world, place, `${pathname}${search}`);
      assertThat(page === pageOf(1), `${door} → ${page}`);
      return `${door} → "${page}"`;
    }),
  );
  return told.join('\n');
}

const edgesOf = (instances: CdnInstanceView[]): CdnInstanceView[] =>
  instances.filter(({ role }) => role === 'edge');

async function releaseAgain(world: World): Promise<string> {
  const said = await nubo(world).shown('cdn', 'release', NAME, archiveOf(world, 2));
  const [second, first] = await nubo(world).json<ReleaseView[]>('cdn', 'releases', NAME);
  assertThat(second.shippedBytes * 10 < first.shippedBytes, `shipped ${second.shippedBytes} bytes`);
  return [said, await bothServe(world, 2), await nubo(world).run('cdn', 'releases', NAME)].join('\n');
}

async function bothServe(world: World, release: number): Promise<string> {
  const { customerId } = await shown(world);
  for (const location of PLACES) {
    const { page } = await fetched(world, customerId, location);
    assertThat(page === pageOf(release), `${location} serves ${page}`);
  }
  return `${PLACES.join(' and ')}: "${pageOf(release)}"`;
}

async function rollBack(world: World): Promise<string> {
  const said = await nubo(world).shown('cdn', 'rollback', NAME);
  return `${said}\n${await bothServe(world, 1)}`;
}

/** Past the platform, on its host. */
async function killAnEdge(world: World): Promise<string> {
  const { customerId, instances } = await shown(world);
  const [, place] = PLACES;
  const edge = edgesOf(instances).find(({ location }) => location === place);
  const host = world.hostNames.find((name) => world.lab.host(name).location === place) ?? '';
  const container = `http://podman/v4.0.0/libpod/containers/nubo-${edge?.id}?force=true`;
  const api = ['curl', '-sS', '--fail-with-body', '--unix-socket', '/run/nubo/podman.sock', '-X', 'DELETE'];
  // podman may refuse for a moment.
  await until('podman to remove it', 20, async () => {
    const killed = await world.lab.execOnHost(host, [...api, container]);
    assertThat(killed.code === 0, `podman on ${host}: ${killed.stdout}${killed.stderr}`);
    return true;
  });
  const other = await until('the other edge', 10, () => fetched(world, customerId, place));
  assertThat(other.location === PLACES[0] && other.page === pageOf(1), `${other.location}: ${other.page}`);
  const back = await until(`the edge of ${place}`, 90, async () => {
    const answer = await fetched(world, customerId, place);
    return answer.location === place && answer;
  });
  assertThat(back.page === pageOf(1), `it came back with ${back.page}`);
  return `${place}: "${other.page}" from ${other.location}, then from ${back.location} again`;
}

async function remove(world: World): Promise<string> {
  const { customerId } = await shown(world);
  const said = await nubo(world).shown('cdn', 'rm', NAME);
  const gone = await until('its content to go', 10, () =>
    fetched(world, customerId, PLACES[0]).then(
      () => false,
      (error: Error) => error.message.includes('→ 404') && error.message,
    ),
  );
  return `${said}\n${gone}`;
}
