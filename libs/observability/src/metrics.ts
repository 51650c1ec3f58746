import { collectDefaultMetrics, Counter, Gauge, Histogram, register } from 'prom-client';

const SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60];

/** Bus operations and REST requests: how long they took and how they ended. */
export const operationSeconds = new Histogram({
  name: 'nubo_operation_seconds',
  help: 'Duration of operations at this service’s door',
  labelNames: ['operation', 'result'],
  buckets: SECONDS,
});

export const reconcileSeconds = new Histogram({
  name: 'nubo_reconcile_seconds',
  help: 'Duration of reconciler runs',
  labelNames: ['kind', 'outcome'],
  buckets: SECONDS,
});

export const hostCommandSeconds = new Histogram({
  name: 'nubo_host_command_seconds',
  help: 'Duration of commands on hosts',
  labelNames: ['host', 'result'],
  buckets: SECONDS,
});

export const eventsTotal = new Counter({
  name: 'nubo_events_total',
  help: 'Events published and consumed',
  labelNames: ['event', 'direction'],
});

/** Must stay 0: by how much the quota counters differ from the ledger. */
export const quotaDrift = new Gauge({
  name: 'nubo_quota_drift',
  help: 'Sum of |used - SUM(ledger)| over all quotas',
});

/** Starts the process's own figures (memory, event loop, CPU). */
export function startMetrics(): void {
  collectDefaultMetrics();
}

/** The Prometheus text of everything measured, and its content type. */
export async function metricsText(): Promise<{ contentType: string; body: string }> {
  return { contentType: register.contentType, body: await register.metrics() };
}
