import {
  ALLOWED_CALLS,
  callableBy,
  consumerName,
  EVENT_ROOT,
  EVENT_STREAM,
  eventsConsumedBy,
  REVOCATION_BUCKET,
  SERVICES,
  type ServiceName,
} from '@nubo/contracts';

export const BUS_USERS = [...SERVICES, 'admin'] as const;
export type BusUser = (typeof BUS_USERS)[number];

export interface NatsServerSettings {
  host?: string;
  port: number;
  /** Folder of JetStream's files. */
  storeDir: string;
  /** One password per user; `admin` may do everything and is for operators and tests. */
  passwords: Record<BusUser, string>;
}

const KV_STREAM = `KV_${REVOCATION_BUCKET}`;

/** What a service may publish: its calls, its events, its own consumers. Nothing else passes the bus. */
function publishable(service: ServiceName): string[] {
  const calls = callableBy(service).map((op) => op.subject);
  const consumers = eventsConsumedBy(service).flatMap((type) =>
    consumerSubjects(consumerName(service, type)),
  );
  const stream = [
    'INFO',
    `STREAM.CREATE.${EVENT_STREAM}`,
    `STREAM.UPDATE.${EVENT_STREAM}`,
    `STREAM.INFO.${EVENT_STREAM}`,
  ].map(api);
  return [...calls, `${EVENT_ROOT}.${service}.>`, ...stream, ...consumers, ...bucketSubjects(service)];
}

const api = (subject: string): string => `$JS.API.${subject}`;

const consumerSubjects = (durable: string): string[] => [
  api(`CONSUMER.DURABLE.CREATE.${EVENT_STREAM}.${durable}`),
  api(`CONSUMER.CREATE.${EVENT_STREAM}.${durable}.>`),
  api(`CONSUMER.INFO.${EVENT_STREAM}.${durable}`),
  api(`CONSUMER.MSG.NEXT.${EVENT_STREAM}.${durable}`),
  `$JS.ACK.${EVENT_STREAM}.${durable}.>`,
];

/** A bucket is read in either way, by when it was made. */
const READS = [`DIRECT.GET.${KV_STREAM}.>`, `STREAM.MSG.GET.${KV_STREAM}`];

function bucketSubjects(service: ServiceName): string[] {
  const base = [
    api(`STREAM.CREATE.${KV_STREAM}`),
    api(`STREAM.UPDATE.${KV_STREAM}`),
    api(`STREAM.INFO.${KV_STREAM}`),
  ];
  if (service === 'tenant') return [...base, ...READS.map(api), `$KV.${REVOCATION_BUCKET}.>`];
  if (service !== 'gateway') return [];
  const watch = [
    `CONSUMER.CREATE.${KV_STREAM}`,
    `CONSUMER.CREATE.${KV_STREAM}.>`,
    `CONSUMER.DELETE.${KV_STREAM}.>`,
    `CONSUMER.INFO.${KV_STREAM}.>`,
  ];
  return [...base, ...watch.map(api), '$JS.FC.>'];
}

/** `allow_responses`: a service may answer whoever asked it, once, within a minute, and may not write to other inboxes. */
function serviceUser(service: ServiceName, password: string): string {
  return `    { user: ${service}, password: ${quoted(password)}, permissions: {
      publish: { allow: ${JSON.stringify(publishable(service))} }
      subscribe: { allow: ["${service}.>", "_INBOX_${service}.>"] }
      allow_responses: { max: 1, expires: "1m" }
    } }`;
}

const quoted = (value: string): string => JSON.stringify(value);

/** The nats-server configuration file (2.9 and newer): JetStream, one user per service with its subjects. */
export function natsServerConfig({
  host = '127.0.0.1',
  port,
  storeDir,
  passwords,
}: NatsServerSettings): string {
  const users = SERVICES.map((service) => serviceUser(service, passwords[service]));
  const admin = `    { user: admin, password: ${quoted(passwords.admin)} }`;
  return `listen: ${quoted(`${host}:${port}`)}
jetstream { store_dir: ${quoted(storeDir)} }
authorization {
  users: [
${[...users, admin].join('\n')}
  ]
}
`;
}

/** The services in calling order. Throws when somebody could call backwards: such talk must be an event. */
export function assertNoCallCycles(calls: Record<string, readonly string[]> = ALLOWED_CALLS): void {
  const visit = (service: string, path: readonly string[]): void => {
    if (path.includes(service)) throw new TypeError(`call cycle: ${[...path, service].join(' → ')}`);
    for (const next of calls[service] ?? []) visit(next, [...path, service]);
  };
  Object.keys(calls).forEach((service) => visit(service, []));
}
