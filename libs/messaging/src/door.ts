import {
  forbidden,
  invalidFields,
  unauthenticated,
  type FieldError,
  type Operation,
  type RequestContext,
  type Type,
} from '@nubo/contracts';
import { plainToInstance } from 'class-transformer';
import { validate, type ValidationError } from 'class-validator';

/**
 * `plain` as an instance of `type`. Throws `invalid` that names every bad or unknown field; used by the gateway and
 * again at each service's own door.
 */
export async function validated<T extends object>(type: Type<T>, plain: unknown): Promise<T> {
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) {
    throw invalidFields([{ field: '', message: 'must be a JSON object' }]);
  }
  const instance = plainToInstance(type, plain);
  const errors = await validate(instance, {
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: false,
  });
  if (errors.length > 0) throw invalidFields(errors.flatMap((error) => fieldErrors(error)));
  return instance;
}

function fieldErrors(error: ValidationError, prefix = ''): FieldError[] {
  const field = prefix + error.property;
  const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
    field,
    message: wording(rule, message, error.property),
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => fieldErrors(child, `${field}.`))];
}

const wording = (rule: string, message: string, property: string): string =>
  rule === 'whitelistValidation' ? 'there is no such field' : message.replace(`${property} `, '');

/** Refuses callers whom the operation's declared permission leaves out. */
export function admit(op: Operation<object, object>, ctx: RequestContext): void {
  if (op.permission === 'anyone' || op.permission === 'service') return;
  if (!ctx.principal) throw unauthenticated('login_required', 'Log in first.');
  const { role } = ctx.principal;
  if (op.permission === 'admin' && role !== 'admin' && role !== 'service') {
    throw forbidden('admin_only', 'Only an administrator may do this.');
  }
}
