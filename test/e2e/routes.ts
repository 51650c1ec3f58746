/** Walks every route of the checked-in OpenAPI document as every actor. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Permission } from '@nubo/contracts';

export interface Route {
  method: string;
  path: string;
  operation: string;
  permission: Permission;
}

interface Documented {
  'x-nubo-operation'?: string;
  'x-nubo-permission'?: Permission;
}

const METHODS = ['get', 'post', 'put', 'delete'];

/** All routes of docs/openapi.json. Throws for one that says no permission. */
export function documentedRoutes(): Route[] {
  const document = JSON.parse(readFileSync(resolve('docs/openapi.json'), 'utf8')) as {
    paths: Record<string, Record<string, Documented>>;
  };
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => METHODS.includes(method))
      .map(([method, route]) => described(method, path, route)),
  );
}

function described(method: string, path: string, route: Documented): Route {
  const { 'x-nubo-operation': operation, 'x-nubo-permission': permission } = route;
  if (!operation || !permission) throw new Error(`${method} ${path} declares no permission`);
  return { method: method.toUpperCase(), path, operation, permission };
}
