import type { Context } from '../context';
import { idOf } from '../resolve/resolve';
import { subnets } from './subnets.noun';

/** The NIC of `<subnet[:ip]>`. */
export async function nicOf(ctx: Context, text: string): Promise<{ subnetId: string; ip?: string }> {
  const [subnet = '', ip] = text.split(':');
  return { subnetId: await idOf(ctx, subnets, subnet), ...(ip && { ip }) };
}
