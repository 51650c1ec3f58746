import { http, outsideServer, ssh } from '../outside';
import type { Step } from '../step';
import { until } from '../wait';
import { PLATFORM_ADDRESS, type TenantOfTheStory, type World } from '../world';

const BOOT_SECONDS = 240;

export const reachability: Step[] = [
  { title: 'HTTP from outside reaches all four VMs, and they see the client’s own address', run: openHttp },
  { title: 'SSH from outside reaches all four VMs', run: openSsh },
  { title: 'VM to VM works across hosts', run: acrossHosts },
  { title: 'Tenant to tenant does not, with the same subnet on the same hosts', run: isolated },
  { title: 'Outbound works, from the router’s address, but not to hosts and platform', run: outbound },
];

async function openHttp(world: World): Promise<string> {
  const doors = world.tenants.flatMap((tenant) =>
    tenant.mappings.map(({ http: door }, i) => ({ door, vm: tenant.vms[i], tenant })),
  );
  const shown = await Promise.all(
    doors.map(async ({ door, vm, tenant }) => {
      const expected = `Hello from ${tenant.company}, this is ${vm.name}`;
      const page = await until(`${vm.name} over HTTP`, BOOT_SECONDS, async () => {
        const text = await http(world, door);
        return text === expected && text;
      });
      const seen = await http(world, door, '/cgi-bin/whoami');
      assertThat(seen.includes(`client=${world.lab.outside.address}`), `the VM saw ${seen}`);
      return `http://${door.externalIp}:${door.externalPort} → "${page}" (${seen})`;
    }),
  );
  return shown.join('\n');
}

async function openSsh(world: World): Promise<string> {
  const doors = world.tenants.flatMap((tenant) =>
    tenant.mappings.map(({ ssh: door }, i) => ({ door, vm: tenant.vms[i] })),
  );
  const shown = await Promise.all(
    doors.map(async ({ door, vm }) => {
      const answer = await until(`${vm.name} over SSH`, BOOT_SECONDS, () =>
        ssh(world, door, 'hostname; echo $SSH_CONNECTION'),
      );
      const [hostname, connection = ''] = answer.split('\n');
      assertThat(hostname === vm.name, `ssh reached ${hostname} instead of ${vm.name}`);
      assertThat(connection.startsWith(world.lab.outside.address), `the VM saw ${connection}`);
      return `ssh -p ${door.externalPort} root@${door.externalIp} → ${hostname}, from ${connection.split(' ')[0]}`;
    }),
  );
  return shown.join('\n');
}

async function acrossHosts(world: World): Promise<string> {
  const shown = await Promise.all(
    world.tenants.map(async (tenant) => {
      const answer = await ssh(world, tenant.mappings[0].ssh, `wget -q -O - http://${tenant.secondIp}/`);
      assertThat(answer.endsWith(tenant.vms[1].name), `${tenant.secondIp} answered ${answer}`);
      return `${tenant.vms[0].name} → ${tenant.secondIp}: "${answer}"`;
    }),
  );
  return shown.join('\n');
}

async function isolated(world: World): Promise<string> {
  const [blue, red] = world.tenants;
  const tries = await Promise.all([
    tryToReach(world, blue, red.secondIp),
    tryToReach(world, red, blue.secondIp),
  ]);
  return tries.join('\n');
}

async function tryToReach(world: World, from: TenantOfTheStory, ip: string): Promise<string> {
  const answer = await ssh(
    world,
    from.mappings[0].ssh,
    `ping -c 2 -W 1 ${ip} >/dev/null 2>&1 && echo reached || echo nothing`,
  );
  assertThat(answer === 'nothing', `${from.company} reached ${ip} of another tenant`);
  return `${from.vms[0].name} → ${ip}: ${answer}`;
}

async function outbound(world: World): Promise<string> {
  const server = outsideServer(world, 20);
  const shown = await Promise.all(
    world.tenants.map(async (tenant) => {
      const seen = await until('an answer from outside', 15, () =>
        ssh(world, tenant.mappings[0].ssh, `wget -q -O - ${server.url}`),
      );
      assertThat(seen.includes(tenant.vpc.externalIp ?? '?'), `outside saw ${seen}`);
      return `${tenant.vms[0].name} → outside: ${seen}`;
    }),
  );
  return [...shown, await keptOut(world, world.tenants[0])].join('\n');
}

/** The image server and a host's SSH answer anybody else on that network, but no guest. */
async function keptOut(world: World, { vms, mappings }: TenantOfTheStory): Promise<string> {
  const doors = [
    [`${world.lab.outside.address} 8000`, 'open'],
    [`${PLATFORM_ADDRESS} 9000`, 'closed'],
    [`${world.lab.host(world.hostNames[0]).address} 22`, 'closed'],
  ];
  for (const [door, wanted] of doors) {
    const knock = `nc -w 2 ${door} </dev/null >/dev/null 2>&1 && echo open || echo closed`;
    const answer = await ssh(world, mappings[0].ssh, knock);
    assertThat(answer === wanted, `${door} is ${answer} to ${vms[0].name}`);
  }
  return `${vms[0].name} → ${doors.map(([door, is]) => `${door}: ${is}`).join(', ')}`;
}

export function assertThat(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}
