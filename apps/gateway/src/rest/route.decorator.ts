/** One decorator per kind of route: it names the operation, and with it the permission, the documentation and the status. */
import { applyDecorators, Controller, Delete, Get, HttpCode, Post, Put } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiTags } from '@nestjs/swagger';
import { Nothing, type Operation, type Page, type Type } from '@nubo/contracts';
import { STREAMED, WITH_FORMS } from '@nubo/service';
import { setRoute, type AnyOperation, type Method, type RouteSpec } from './route';
import { documented } from './route-docs';

type More = Partial<
  Pick<
    RouteSpec,
    | 'path'
    | 'status'
    | 'description'
    | 'settledBy'
    | 'whilePasswordPending'
    | 'locatedBy'
    | 'locatedBelow'
    | 'plainText'
    | 'queries'
    | 'forms'
  >
>;

/** A noun's controller: its path and its name in the documentation. */
export const Noun = (path: string, tag: string): ClassDecorator =>
  applyDecorators(Controller(path), ApiTags(tag));

export const Lists = <V extends object>(
  op: Operation<object, Page<V>>,
  view: Type<V>,
  summary: string,
  more: More = {},
): MethodDecorator => route('list', 'GET', { op, view, summary, path: '', ...more });

export const Reads = (op: AnyOperation, summary: string, more: More = {}): MethodDecorator =>
  route('read', 'GET', { op, view: op.output, summary, path: ':id', ...more });

export const Creates = (op: AnyOperation, summary: string, more: More = {}): MethodDecorator => {
  const defaults = { path: '', status: 201, locatedBy: 'id' };
  return route('create', 'POST', { op, view: op.output, summary, ...defaults, ...more });
};

export const Updates = (op: AnyOperation, summary: string, more: More = {}): MethodDecorator =>
  route('update', 'PUT', { op, view: op.output, summary, path: ':id', ...more });

/** Answers 202 with the view, or 204 when the operation has no output. */
export const Deletes = (op: AnyOperation, summary: string, more: More = {}): MethodDecorator => {
  const status = op.output === Nothing ? 204 : 202;
  return route('delete', 'DELETE', {
    op,
    view: op.output,
    summary,
    path: ':id',
    status,
    ...more,
  });
};

/** What is not about a resource's life: log in, log out, register. */
export const Acts = (method: Method, op: AnyOperation, summary: string, more: More = {}): MethodDecorator =>
  route('act', method, { op, view: op.output, summary, path: '', ...more });

/** The body is streamed: the operation is asked whether and where to, and the controller passes the bytes on. */
export const Receives = (
  op: AnyOperation,
  view: Type<object>,
  summary: string,
  more: More = {},
): MethodDecorator =>
  applyDecorators(
    RouteConfig(STREAMED),
    route('act', 'PUT', { op, view, summary, path: '', streams: true, ...more }),
  );

const METHODS = { GET: Get, POST: Post, PUT: Put, DELETE: Delete };

function route(
  kind: RouteSpec['kind'],
  method: Method,
  more: Omit<RouteSpec, 'kind' | 'method' | 'status'> & { status?: number },
): MethodDecorator {
  const spec: RouteSpec = { kind, method, status: 200, ...more };
  const forms = spec.forms ? [RouteConfig(WITH_FORMS)] : [];
  return applyDecorators(
    METHODS[method](spec.path),
    HttpCode(spec.status),
    named(spec),
    documented(spec),
    ...forms,
  );
}

const named =
  (spec: RouteSpec): MethodDecorator =>
  (_target, _key, descriptor: PropertyDescriptor) =>
    setRoute(descriptor.value as object, spec);
