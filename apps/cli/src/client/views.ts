/** The shapes of the API's answers, by the names of the document. */
import type { components } from '../generated/api';

export type Schemas = components['schemas'];

/** What every resource shows. */
export interface Resource {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly stateReason: string | null;
}
