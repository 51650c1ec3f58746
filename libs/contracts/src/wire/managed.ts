import { OneOf, type FieldOptions } from './fields';

/** The services that keep resources of other services for a user. */
export const MANAGERS = ['cdn', 'hosting'] as const;
export type Manager = (typeof MANAGERS)[number];

/** Who keeps a resource: its user changes it there, not here. */
export const ManagedBy = (o: FieldOptions = {}): PropertyDecorator =>
  OneOf(MANAGERS, { description: 'The service that keeps it; change it there.', ...o });
