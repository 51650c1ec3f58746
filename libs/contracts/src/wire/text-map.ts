/** Fields that hold texts under keys of the customer's own. */
import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsOptional, registerDecorator } from 'class-validator';

const RESERVED = new Set(['__proto__', 'constructor', 'prototype']);

export interface TextMapOptions {
  name: string;
  key: RegExp;
  value: RegExp;
  maxKeys: number;
  /** Characters. */
  maxValue: number;
  message: string;
  description?: string;
  example: Record<string, string>;
}

/** An optional map of texts; null is none. */
export function TextMap(options: TextMapOptions): PropertyDecorator {
  const { description, example } = options;
  return applyDecorators(
    ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'string' }, description, example }),
    IsOptional(),
    Transform(({ value }: { value: unknown }) => (value === null ? {} : value)),
    checked(options),
  );
}

const checked =
  (options: TextMapOptions): PropertyDecorator =>
  (target, propertyName) =>
    registerDecorator({
      name: options.name,
      target: target.constructor,
      propertyName: String(propertyName),
      options: { message: options.message },
      validator: { validate: (value) => isTextMap(value, options) },
    });

function isTextMap(map: unknown, { key, value, maxKeys, maxValue }: TextMapOptions): boolean {
  if (typeof map !== 'object' || map === null || Array.isArray(map)) return false;
  const entries = Object.entries(map as Record<string, unknown>);
  const isValue = (text: unknown): boolean =>
    typeof text === 'string' && text.length <= maxValue && value.test(text);
  return (
    entries.length <= maxKeys &&
    entries.every(([name, text]) => key.test(name) && !RESERVED.has(name) && isValue(text))
  );
}
