/** What the platform's objects on a host are called. Linux allows 15 characters for a device. */

/** VXLAN's 50 bytes less than Ethernet's 1500. */
export const MTU = 1450;
/** IANA's port for VXLAN. */
export const VXLAN_PORT = 4789;

export const bridgeOf = (vni: number): string => `nb${vni}`;
export const vxlanOf = (vni: number): string => `nx${vni}`;
/** A router's leg: the end in the bridge. */
export const vethOf = (vni: number): string => `nv${vni}`;
/** A router's leg: the end in its namespace. */
export const legOf = (vni: number): string => `in${vni}`;
export const UPLINK = 'ex0';

export const deviceOf = (portId: string): string => `np${portId.slice(0, 8)}`;
export const namespaceOf = (vpcId: string): string => `nr-${vpcId.slice(0, 8)}`;

export const NAMESPACE = /^nr-[0-9a-f]{8}$/;
export const TAP = /^np[0-9a-f]{8}$/;

/** The VNI in the name of a device of kind `nb`, `nx`, `nv` or `in`; undefined for foreign names. */
export function vniIn(kind: 'nb' | 'nx' | 'nv' | 'in', device: string): number | undefined {
  const match = /^(n[bxv]|in)([1-9]\d{0,7})$/.exec(device);
  return match?.[1] === kind ? Number(match[2]) : undefined;
}
