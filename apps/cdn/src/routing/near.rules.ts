import { createHmac } from 'node:crypto';
import { allWeights, type Weighed } from '../distributions/weights.rules';

/** One user, however it is written: addresses and names are found without regard to case. */
export const userKeyOf = (user: string): string => user.trim().normalize('NFC').toLowerCase();

/**
 * Where a user is led to: the first of the places where its instances are that has an edge with a share; else a location
 * by weight, always the same one for the same name. So who asks for a name again and again does not learn whether it is
 * anybody's: `secret` keeps others from drawing for themselves.
 */
export function nearOf(weighed: Weighed, places: string[], user: string, secret: string): string | null {
  const open = allWeights(weighed).filter(({ weight }) => weight > 0);
  const own = places.find((place) => open.some(({ location }) => location === place));
  if (own) return own;
  const drawn = open.map(({ location, weight }) => ({
    location,
    wait: -Math.log(fraction(secret, `${userKeyOf(user)}\n${location}`)) / weight,
  }));
  return drawn.toSorted((a, b) => a.wait - b.wait)[0]?.location ?? null;
}

/** Between 0 and 1, neither of them. */
function fraction(secret: string, text: string): number {
  const bits = createHmac('sha256', secret).update(text).digest().readUIntBE(0, 6);
  return (bits + 1) / (2 ** 48 + 1);
}
