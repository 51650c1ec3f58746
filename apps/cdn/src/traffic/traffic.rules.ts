/** So many entries, of some 200 bytes each, are well below the 1 MiB of one message. */
const ENTRIES = 4_000;
const STEPS = [1, 2, 5, 10, 15, 30, 60] as const;

/** How many minutes are summed, so that one message holds what `instances` did in so many minutes; 60 at most. */
export const stepOf = (instances: number, minutes: number): number =>
  STEPS.find((step) => instances * (minutes / step + 1) <= ENTRIES) ?? 60;
