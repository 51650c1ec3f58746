import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsOptional, registerDecorator } from 'class-validator';
import { PRINTABLE } from './fields';

const KEY = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}$/;
const MAX_KEYS = 50;
const MAX_VALUE = 255;
const RESERVED = new Set(['__proto__', 'constructor', 'prototype']);

/** The customer's own labels. */
export type MetadataMap = Record<string, string>;

const isValue = (value: unknown): boolean =>
  typeof value === 'string' && value.length <= MAX_VALUE && PRINTABLE.test(value);

const isMetadata = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.keys(value).length <= MAX_KEYS &&
  Object.entries(value).every(([k, v]) => KEY.test(k) && !RESERVED.has(k) && isValue(v));

const isMetadataField = (target: object, propertyName: string | symbol): void =>
  registerDecorator({
    name: 'isMetadata',
    target: target.constructor,
    propertyName: String(propertyName),
    options: {
      message: `$property must be at most ${MAX_KEYS} texts of at most ${MAX_VALUE} characters under keys like "team" or "cost-centre"`,
    },
    validator: { validate: isMetadata },
  });

/** Free labels: at most 50 keys, values are texts of at most 255 characters; null is none. */
export const Metadata = (): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({
      type: 'object',
      additionalProperties: { type: 'string' },
      example: { team: 'blue' },
    }),
    IsOptional(),
    Transform(({ value }: { value: unknown }) => (value === null ? {} : value)),
    isMetadataField,
  );
