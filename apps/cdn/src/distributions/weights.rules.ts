import type { FieldError, LocationWeight } from '@nubo/contracts';

/** What an edge weighs when nobody says so. */
const USUAL = 1;

export interface Weighed {
  locations: string[];
  /** Those that do not weigh as usual. */
  weights: LocationWeight[];
}

/** What is wrong with wanted weights. */
export function weightErrors({ locations, weights }: Weighed): FieldError[] {
  const names = weights.map(({ location }) => location);
  const errors = names.flatMap((name, n) => {
    const field = `weights.${n}.location`;
    if (!locations.includes(name)) return [{ field, message: `is not one of ${locations.join(', ')}` }];
    return names.indexOf(name) < n ? [{ field, message: 'is there twice' }] : [];
  });
  if (errors.length > 0 || allWeights({ locations, weights }).some(({ weight }) => weight > 0)) return errors;
  return [{ field: 'weights', message: 'must leave one location at least with more than 0' }];
}

/** Of every location, in their order. */
export function allWeights({ locations, weights }: Weighed): LocationWeight[] {
  const said = new Map(weights.map(({ location, weight }) => [location, weight]));
  return locations.map((location) => ({ location, weight: said.get(location) ?? USUAL }));
}

/** What is left of weights when locations go; all of them weigh as usual when nothing else would get any. */
export function leftWeights(weighed: Weighed): LocationWeight[] {
  const left = allWeights(weighed);
  if (left.every(({ weight }) => weight === 0)) return [];
  return left.filter(({ weight }) => weight !== USUAL);
}
