import { Injectable } from '@nestjs/common';
import { HostsAccess } from '@nubo/fleet';
import { LIBVIRT_SOCKETS, LibvirtClient, LibvirtError } from '@nubo/libvirt';
import { raw, RemoteError, sh, type CommandRunner } from '@nubo/remote';
import { faultOf, HostFault, type Visit } from './hosts.driver';
import { bootSector, PROBE_SAYS, probeXml, type ProbePlace } from './probe.rules';

/** What runs guests on a host. */
export abstract class GuestProbe {
  /** Undefined when a guest ran under `virt` on the host, else why it did not. Rejects with HostFault when libvirt is not there. */
  abstract whyNot(visit: Visit, virt: 'kvm' | 'qemu'): Promise<string | undefined>;
}

const FOLDER = '/var/lib/nubo/probe';
const CALL_MS = 20_000;
/** How long the guest may take to say its word; with KVM it takes half a second. */
const SAYS_WITHIN_S = 5;

/** systemd starts a daemon only when asked to: the packages came in with no daemon starting by itself. */
const START_LIBVIRT = raw(`[ -d /run/systemd/system ] || exit 0
for unit in libvirtd.socket virtqemud.socket; do systemctl -q is-active $unit && exit 0; done
systemctl -q enable --now libvirtd.socket`);

/** Prints the setting with which guests could fill the host's disk by their consoles; libvirt's defaults bound their logs. */
const UNBOUNDED_LOGS = raw(`cd /etc/libvirt || exit 0
grep -sE '^[[:space:]]*stdio_handler[[:space:]]*=[[:space:]]*"file"' qemu.conf /dev/null ||
grep -sE '^[[:space:]]*max_size[[:space:]]*=[[:space:]]*0+[[:space:]]*(#|$)' virtlogd.conf /dev/null || :`);

/** Boots a tiny domain through the host's libvirt: domcapabilities promise KVM also where guests die. */
@Injectable()
export class LibvirtProbe extends GuestProbe {
  constructor(private readonly hosts: HostsAccess) {
    super();
  }

  async whyNot(visit: Visit, virt: 'kvm' | 'qemu'): Promise<string | undefined> {
    const place = placeOf(visit.hostId);
    try {
      const runner = (await this.hosts.reach(visit.hostId)).fenced(`host-${visit.hostId}`, visit.fence);
      await runner.exec(START_LIBVIRT, { signal: visit.signal });
      await requireBoundedLogs(runner, visit);
      const libvirt = await this.connect(visit);
      try {
        return await this.boot({ runner, libvirt, place }, virt);
      } finally {
        await this.clean({ runner, libvirt, place });
        await libvirt.close();
      }
    } catch (error) {
      throw faultOf(error);
    }
  }

  private async connect({ hostId, signal }: Visit): Promise<LibvirtClient> {
    const host = await this.hosts.reach(hostId);
    try {
      const stream = await host.openUnix(LIBVIRT_SOCKETS, { signal, timeoutMs: CALL_MS });
      return await LibvirtClient.connect(stream, { timeoutMs: CALL_MS });
    } catch (error) {
      if (!(error instanceof RemoteError) || error.kind === 'exit') throw notThere(error as Error);
      throw error;
    }
  }

  private async boot({ runner, libvirt, place }: Bench, virt: 'kvm' | 'qemu'): Promise<string | undefined> {
    if (virt === 'kvm' && (await runner.exec(sh`test -c /dev/kvm`)).code !== 0) return 'there is no /dev/kvm';
    await this.clean({ runner, libvirt, place });
    await runner.run(
      sh`umask 022; mkdir -p ${FOLDER} && base64 -d >${place.disk} && truncate -s 1M ${place.disk}`,
      {
        stdin: bootSector().toString('base64'),
      },
    );
    try {
      await libvirt.createTransient(probeXml(place, virt));
    } catch (error) {
      if (error instanceof LibvirtError) return error.message.split('\n')[0];
      throw error;
    }
    const said = await runner.exec(sh`i=0; while [ $i -lt ${SAYS_WITHIN_S * 10} ]; do
grep -q ${PROBE_SAYS} ${place.serial} && exit 0; sleep 0.1; i=$((i + 1)); done; exit 1`);
    return said.code === 0 ? undefined : `a guest started, but had done nothing after ${SAYS_WITHIN_S} s`;
  }

  private async clean({ runner, libvirt, place }: Bench): Promise<void> {
    const left = (await libvirt.listDomains()).find(({ name }) => name === place.name);
    if (left) await libvirt.destroy(left).catch(() => undefined);
    await runner.exec(sh`rm -f ${place.disk} ${place.serial}; rmdir ${FOLDER} 2>/dev/null || :`);
  }
}

interface Bench {
  runner: CommandRunner;
  libvirt: LibvirtClient;
  place: ProbePlace;
}

async function requireBoundedLogs(runner: CommandRunner, { signal }: Visit): Promise<void> {
  const found = (await runner.run(UNBOUNDED_LOGS, { signal })).trim();
  if (!found) return;
  const message = `guests could fill the disk by their consoles: take "${found}" out of /etc/libvirt, and start libvirtd and virtlogd again`;
  throw new HostFault('unusable', message);
}

function placeOf(hostId: string): ProbePlace {
  const name = `nubo-probe-${hostId.slice(0, 8)}`;
  return { name, disk: `${FOLDER}/${name}.img`, serial: `${FOLDER}/${name}.log` };
}

function notThere(error: Error): HostFault {
  const [where, why] = error instanceof RemoteError ? [error.where.label, error.what] : ['', error.message];
  const message = `libvirtd does not answer on ${where || 'the host'} (${why}): is it installed and running?`;
  return new HostFault('unusable', message, { cause: error });
}
