import type { VmNicView } from '@nubo/contracts';
import type { InstanceNic } from '../../../../libs/entities/src/compute';

export const toNicView = ({ portId, subnetId, ip, wantedIp, mac }: InstanceNic): VmNicView => ({
  portId,
  subnetId,
  ip: ip ?? wantedIp,
  mac,
});
