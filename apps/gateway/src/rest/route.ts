import type { ById, Operation, Permission, Type } from '@nubo/contracts';

/**
 * `list` and `read` show; `create`, `update` and `delete` change a resource and know `dryRun`, `wait` and versions;
 * `act` is everything else (log in, register, activate).
 */
export type RouteKind = 'list' | 'read' | 'create' | 'update' | 'delete' | 'act';
export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
export type AnyOperation = Operation<object, object>;

/** A field of an operation's input that stands in the query. */
export interface QueryField {
  readonly name: string;
  readonly type: 'integer' | 'boolean' | 'string';
  readonly description: string;
  readonly required?: boolean;
  /** What a text may be. */
  readonly values?: readonly string[];
  /** Said to the gateway alone: no field of the operation. */
  readonly ofGateway?: boolean;
}

/** One REST route: which operation it is, and thereby who may use it. */
export interface RouteSpec {
  readonly kind: RouteKind;
  readonly method: Method;
  /** Below the controller's; parameters are fields of the operation's input. */
  readonly path: string;
  readonly op: AnyOperation;
  /** What is shown: one of a list, or the answer. */
  readonly view: Type<object>;
  readonly status: number;
  readonly summary: string;
  readonly description?: string;
  /** `?wait=` asks this operation until the resource has settled. */
  readonly settledBy?: Operation<ById, object>;
  /** Open while the password must be changed first; `own`: only where the path's id is the caller's. */
  readonly whilePasswordPending?: 'own' | 'always';
  /** The field of the view that ends the Location of what was created. */
  readonly locatedBy?: string;
  /** Where what was created lies, when that is not below the route's own path. */
  readonly locatedBelow?: string;
  /** Fields of the operation's input that stand in the query. */
  readonly queries?: readonly QueryField[];
  /** The body is no JSON, but bytes that are passed on as they come. */
  readonly streams?: boolean;
  /** Takes a form as well: the JSON as its field `document`, then an archive. */
  readonly forms?: boolean;
  /** Answers plain text unless JSON is asked for. */
  readonly plainText?: boolean;
}

const ROUTE = 'nubo:route';

export function setRoute(method: object, route: RouteSpec): void {
  Reflect.defineMetadata(ROUTE, route, method);
}

/** What the route's decorator said; undefined on methods that have none. */
export function routeOf(method: object): RouteSpec | undefined {
  return Reflect.getMetadata(ROUTE, method) as RouteSpec | undefined;
}

export const permissionOf = (route: RouteSpec): Permission => route.op.permission;

/** The names of a path's parameters: `:id/shares/:userId` has two. */
export function parametersOf(path: string): string[] {
  return [...path.matchAll(/:(\w+)/g)].map((match) => match[1] ?? '');
}

/** Whether requests of this route carry a JSON body. */
export const hasBody = ({ method, streams }: RouteSpec): boolean =>
  (method === 'POST' || method === 'PUT') && !streams;
