export const DEFAULT_NAME = 'default';

const SECOND_BYTES = [64, 128, 192, 0];
const PER_BLOCK = 4;

/** Where default subnets may lie, in the order to try: apart from each other, as only operators know what is outside. */
export const DEFAULT_CIDRS: readonly string[] = Array.from({ length: PER_BLOCK }, (_, third) =>
  SECOND_BYTES.map((second) => `10.${second}.${third}.0/24`),
).flat();
