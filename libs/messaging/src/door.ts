import {
  ById,
  forbidden,
  invalidFields,
  isForPeople,
  unauthenticated,
  type FieldError,
  type Operation,
  type RequestContext,
  type Type,
} from '@nubo/contracts';
import { plainToInstance } from 'class-transformer';
import { validate, type ValidationError } from 'class-validator';

const MAX_DEPTH = 16;
/** Of names and items in an input, all floors together. class-validator takes about 0.1 ms for each unknown one. */
const MAX_VALUES = 2_000;
/** Of an answer: who sends a thousand bad fields need not read them all. */
const MAX_ERRORS = 20;
const MAX_NAME = 100;
const NO_SUCH_FIELD = 'there is no such field';

/**
 * `plain` as an instance of `type`. Throws `invalid` that names every bad or unknown field; used by the gateway and
 * again at each service's own door.
 */
export async function validated<T extends object>(type: Type<T>, plain: unknown): Promise<T> {
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) {
    throw invalidFields([{ field: '', message: 'must be a JSON object' }]);
  }
  const known = byIdOnly(type, plain);
  if (known) return known;
  const strange = strangeField(plain);
  if (strange) throw invalidFields([strange]);
  const instance = plainToInstance(type, plain);
  const errors = await validate(instance, {
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: false,
  });
  if (errors.length > 0) {
    throw invalidFields(errors.flatMap((error) => fieldErrors(error)).slice(0, MAX_ERRORS));
  }
  return instance;
}

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** What most reads bring, known at a look: nothing that the long way would refuse or change. */
function byIdOnly<T extends object>(type: Type<T>, plain: object): T | undefined {
  const [[name, id] = [], ...more] = Object.entries(plain) as [string, unknown][];
  const isGood =
    Object.is(type, ById) && more.length === 0 && name === 'id' && typeof id === 'string' && ID.test(id);
  return isGood ? Object.assign(new type(), { id }) : undefined;
}

/**
 * What must not reach class-transformer and class-validator: both go down recursively until the stack is full, and both
 * look names up in plain objects, so that `constructor`, `toString` and the like pass as known fields.
 */
function strangeField(plain: object): FieldError | undefined {
  const rest: { value: object; path: string; depth: number }[] = [{ value: plain, path: '', depth: 1 }];
  let values = 0;
  for (let next = rest.pop(); next; next = rest.pop()) {
    const { value, path, depth } = next;
    if (depth > MAX_DEPTH) return { field: path, message: 'is nested too deeply' };
    const entries = Object.entries(value) as [string, unknown][];
    values += entries.length;
    if (values > MAX_VALUES) return { field: path, message: `holds more than ${MAX_VALUES} values` };
    for (const [name, child] of entries) {
      const field = path ? `${path}.${name}` : name;
      if (Object.hasOwn(Object.prototype, name)) return { field, message: NO_SUCH_FIELD };
      if (typeof child === 'object' && child !== null)
        rest.push({ value: child, path: field, depth: depth + 1 });
    }
  }
  return undefined;
}

function fieldErrors(error: ValidationError, prefix = ''): FieldError[] {
  const field = prefix + error.property.slice(0, MAX_NAME);
  if (error.constraints && error.value === undefined) return [{ field, message: 'is missing' }];
  const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
    field,
    message: wording(rule, message, error.property),
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => fieldErrors(child, `${field}.`))];
}

const wording = (rule: string, message: string, property: string): string =>
  rule === 'whitelistValidation' ? NO_SUCH_FIELD : message.replace(`${property} `, '');

/** Refuses callers whom the operation's declared permission leaves out. */
export function admit(op: Operation<object, object>, ctx: RequestContext): void {
  if (op.permission === 'anyone' || !isForPeople(op)) return;
  if (!ctx.principal) throw unauthenticated('login_required', 'Log in first.');
  const { role } = ctx.principal;
  if (op.permission === 'admin' && role !== 'admin' && role !== 'service') {
    throw forbidden('admin_only', 'Only an administrator may do this.');
  }
}
