/** Field decorators that say both what is valid and what the OpenAPI document shows: one line per field. */
import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform, Type as Nested } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsEmail,
  IsIn,
  IsInt,
  IsISO8601,
  IsIP,
  IsObject,
  IsOptional,
  IsString,
  IsUUID,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import type { Type } from './type';

export interface FieldOptions {
  optional?: boolean;
  /** null clears the field (PUT merges). */
  nullable?: boolean;
  description?: string;
  example?: unknown;
}

const field = (
  options: FieldOptions,
  api: ApiPropertyOptions,
  ...checks: PropertyDecorator[]
): PropertyDecorator => {
  const { optional, nullable, description, example } = options;
  const shown = { ...api, required: !optional, nullable, description, example } as ApiPropertyOptions;
  return applyDecorators(ApiProperty(shown), ...absence(optional, nullable), ...checks);
};

/** What may be left out need not take null: only where null clears the field. */
function absence(optional?: boolean, nullable?: boolean): PropertyDecorator[] {
  if (nullable) return [IsOptional()];
  return optional ? [ValidateIf((_, value) => value !== undefined)] : [];
}

const inLowerCase = ({ value }: { value: unknown }): unknown =>
  typeof value === 'string' ? value.toLowerCase() : value;

/** RFC 9562, 4: either case means the same id; inside there is one text per id, so that ids can be compared. */
export const Id = (o: FieldOptions = {}) =>
  field(o, { type: String, format: 'uuid' }, IsUUID(), Transform(inLowerCase));

/** RFC 1123 label, as a host name has it. */
export const NAME_PATTERN = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** A resource's name: RFC 1123 label, at most 63 characters. */
export const Name = (o: FieldOptions = {}) =>
  field(
    o,
    { type: String, pattern: NAME_PATTERN.source, maxLength: 63 },
    IsString(),
    Matches(NAME_PATTERN, {
      message:
        '$property must be 1 to 63 lower-case letters, digits or hyphens, and begin and end with a letter or digit',
    }),
  );

export interface TextOptions extends FieldOptions {
  min?: number;
  max?: number;
  pattern?: RegExp;
  message?: string;
}

/** Neither NUL, which no text of Postgres can hold, nor half a surrogate pair, which no jsonb can hold. */
export const PRINTABLE = /^(?:[\t\n\r]|[^\p{Cc}\p{Cs}])*$/u;

/** Printable text; no control characters besides tab and newline. */
export const Text = (o: TextOptions = {}) =>
  field(
    o,
    {
      type: String,
      minLength: o.min ?? 0,
      maxLength: o.max ?? 200,
      ...(o.pattern && { pattern: o.pattern.source }),
    },
    IsString(),
    MinLength(o.min ?? 0),
    MaxLength(o.max ?? 200),
    Matches(PRINTABLE, { message: '$property must not hold control characters' }),
    ...(o.pattern ? [Matches(o.pattern, o.message ? { message: o.message } : {})] : []),
  );

/** RFC 5322 lets quotes hide spaces, line breaks and a second @ in an address: nobody has one like that. */
const ADDRESS = /^[^\s"<>\p{C}]*$/u;

export const Email = (o: FieldOptions = {}) =>
  field(
    o,
    { type: String, format: 'email', maxLength: 254 },
    IsEmail(),
    MaxLength(254),
    Matches(ADDRESS, { message: '$property must be an email without quotes' }),
  );

export const Flag = (o: FieldOptions = {}) => field(o, { type: Boolean }, IsBoolean());

export const Int = (min: number, max: number, o: FieldOptions = {}) =>
  field(o, { type: 'integer', minimum: min, maximum: max }, IsInt(), Min(min), Max(max));

/** OpenAPI 3.0.3: the null of a nullable enum is one of its values. */
export const OneOf = (values: readonly string[], o: FieldOptions = {}) =>
  field(o, { type: String, enum: [...values, ...(o.nullable ? [null] : [])] }, IsIn([...values]));

export const Ip = (o: FieldOptions = {}) => field(o, { type: String, format: 'ipv4' }, IsIP(4));

export const Time = (o: FieldOptions = {}) => field(o, { type: String, format: 'date-time' }, IsISO8601());

export const TextList = (maxItems: number, maxLength: number, o: FieldOptions = {}) =>
  field(
    o,
    { type: [String], maxItems },
    IsArray(),
    ArrayMaxSize(maxItems),
    IsString({ each: true }),
    MaxLength(maxLength, { each: true }),
    Matches(PRINTABLE, { each: true, message: '$property must not hold control characters' }),
  );

export const ListOfOneOf = (values: readonly string[], o: FieldOptions = {}) =>
  field(
    o,
    { type: [String], enum: [...values] },
    IsArray(),
    ArrayMaxSize(values.length),
    IsIn([...values], { each: true }),
  );

export const Child = (type: () => Type<object>, o: FieldOptions = {}) =>
  // @nestjs/swagger 11 takes a function for a lazy type only when its name is `type`.
  field(o, { type: () => type() }, IsObject(), ValidateNested(), Nested(type));

export const Children = (type: () => Type<object>, maxItems: number, o: FieldOptions = {}) =>
  field(
    o,
    { type: () => [type()], maxItems },
    IsArray(),
    ArrayMaxSize(maxItems),
    // ValidateNested alone lets an empty list pass as an item.
    IsObject({ each: true }),
    ValidateNested({ each: true }),
    Nested(type),
  );
