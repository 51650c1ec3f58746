import { Injectable, RequestMethod, type OnModuleInit } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { isForPeople } from '@nubo/contracts';
import { ServiceModule } from '@nubo/service';
import { isOpenToAll } from './open-to-all';
import { routeOf, type RouteSpec } from './route';

type Class = abstract new (...args: never[]) => object;

/** One route of the API: its method, its whole path and what its decorator says. */
export interface KnownRoute {
  readonly method: string;
  readonly path: string;
  readonly spec: RouteSpec;
}

/** All routes of the gateway. The boot fails when one does not say who may use it. */
@Injectable()
export class Routes implements OnModuleInit {
  private readonly open = new Set<unknown>();
  private readonly known: (KnownRoute & { readonly pattern: RegExp })[] = [];

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  /** Throws TypeError that names every method without a route decorator. */
  onModuleInit(): void {
    const undeclared = this.discovery.getControllers().flatMap(({ metatype, host }) => {
      const controller = metatype as Class;
      if (host?.metatype === ServiceModule || isOpenToAll(controller)) {
        this.open.add(controller);
        return [];
      }
      return this.learn(controller);
    });
    if (undeclared.length > 0) throw new TypeError(`routes that name no operation: ${undeclared.join(', ')}`);
  }

  /** Whether a controller is no part of the API (health, the front door). */
  isOpen(controller: object): boolean {
    return this.open.has(controller);
  }

  all(): readonly KnownRoute[] {
    return this.known;
  }

  /** The methods that `path` knows; empty when there is no such path. */
  methodsOf(path: string): string[] {
    return this.known.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
  }

  private learn(controller: Class): string[] {
    const prototype = controller.prototype as Record<string, object>;
    return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
      const method = prototype[name];
      if (!method || !Reflect.hasMetadata(PATH_METADATA, method)) return [];
      const spec = routeOf(method);
      if (!spec || !isForPeople(spec.op)) return [`${controller.name}.${name}`];
      this.known.push(knownRoute(controller, method, spec));
      return [];
    });
  }
}

function knownRoute(controller: Class, method: object, spec: RouteSpec): KnownRoute & { pattern: RegExp } {
  const verb = Reflect.getMetadata(METHOD_METADATA, method) as RequestMethod;
  const base = Reflect.getMetadata(PATH_METADATA, controller) as string;
  const path = `/${[base, spec.path].filter(Boolean).join('/')}`;
  const pattern = new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}$`);
  return { method: RequestMethod[verb], path, spec, pattern };
}
