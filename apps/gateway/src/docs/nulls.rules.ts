/** OpenAPI 3.0.3: null fits a schema by itself only; `allOf` with an object next to `nullable` forbids it. */
import type { Schema } from './examples.rules';

/** Lets null be where `schemas` say that a view may be missing. Changes them. */
export function allowNulls(schemas: Schema[]): void {
  for (const schema of schemas.flatMap(({ properties }) => Object.values(properties ?? {}))) {
    const { allOf, nullable } = schema;
    if (!nullable || !allOf) continue;
    delete schema.allOf;
    delete schema.nullable;
    delete schema.type;
    schema.anyOf = [...allOf, { type: 'object', nullable: true, enum: [null] }];
  }
}
