/** Examples for the OpenAPI document, made from its schemas. */
import type { OpenAPIObject } from '@nestjs/swagger';

export interface Schema {
  $ref?: string;
  type?: string;
  format?: string;
  enum?: unknown[];
  description?: string;
  example?: unknown;
  minimum?: number;
  items?: Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
  nullable?: boolean;
  properties?: Record<string, Schema>;
  required?: string[];
}

const ID = '3b1f8a52-6c0d-4f6e-9d2a-5e7c4b8a9f10';

/** What a field of that name holds, where its schema cannot tell. */
const BY_NAME: Record<string, unknown> = {
  name: 'web-1',
  region: 'loc1',
  locations: ['loc1', 'loc2'],
  subnet: '190.0.0.0/24',
  Subnet: '190.0.0.0/24',
  srcdata: 'https://files.example/site.tar.gz',
  origin: 'https://www.example',
  content: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  manifest: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  customerId: '3b1f8a526c0d4f6e9d2a5e7c4b8a9f10',
  path: '/img/logo.png',
  location: 'loc1',
  email: 'ada@blue.example',
  user: 'grace@red.example',
  password: 'correct horse battery',
  currentPassword: 'correct horse battery',
  url: 'https://images.example/guest.qcow2',
  description: 'A small guest',
  sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  range: '203.0.113.10-203.0.113.50',
  interface: 'eth0',
  gateway: '203.0.113.1',
  cidr: '190.0.0.0/24',
  dns: ['192.0.2.53'],
  ip: '190.0.0.10',
  mac: '52:54:00:12:34:56',
  sshKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleExampleExampleExampleExample ada'],
  userData: '#cloud-config\n',
  targetPort: 22,
  externalPort: 4022,
  stateReason: null,
  memory: 512,
  limit: 10,
  prefix: 24,
  role: 'owner',
  address: '192.0.2.11',
  token: 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIzYjFmIn0.c2lnbmF0dXJl',
};

/** A value that fits `schema`. */
export function exampleOf(schema: Schema, document: OpenAPIObject, name = ''): unknown {
  const whole = resolved(schema, document);
  if (whole.example !== undefined) return whole.example;
  if (whole.properties) return objectOf(whole, document);
  if (name in BY_NAME && whole.type !== 'object') return BY_NAME[name];
  if (whole.type === 'array') return [exampleOf(whole.items ?? {}, document, name)];
  return scalarOf(whole);
}

function resolved(schema: Schema, document: OpenAPIObject): Schema {
  const { $ref, allOf: [first] = [] } = schema;
  if (first) return resolved(first, document);
  if (!$ref) return schema;
  const name = $ref.replace('#/components/schemas/', '');
  return document.components?.schemas?.[name] ?? {};
}

/** All of what may always be there; of the optional fields of a body only the usual ones. */
function objectOf({ properties = {}, required }: Schema, document: OpenAPIObject): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([name]) => (required ? required.includes(name) || USUAL.has(name) : !INSTEAD.has(name)))
      .map(([name, schema]) => [name, exampleOf(schema, document, name)]),
  );
}

const USUAL = new Set([
  ...['metadata', 'sshKeys', 'vmId', 'sha256', 'region', 'location', 'address', 'errors'],
  ...['srcdata', 'subnet'],
]);

/** Optional fields that stand instead of another one, which is shown. */
const INSTEAD = new Set(['content', 'origin', 'Subnet']);

function scalarOf({ type, format, enum: values, minimum = 0 }: Schema): unknown {
  if (values) return values[0];
  if (type === 'boolean') return false;
  if (type === 'integer' || type === 'number') return Math.max(minimum, 1);
  if (type === 'object') return {};
  return TEXTS[format ?? ''] ?? 'text';
}

const TEXTS: Record<string, string> = {
  uuid: ID,
  email: 'ada@blue.example',
  ipv4: '192.0.2.10',
  'date-time': '2026-05-04T10:00:00.000Z',
};
