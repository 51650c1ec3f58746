import {
  eventsTotal,
  hostCommandSeconds,
  metricsText,
  operationSeconds,
  quotaDrift,
  reconcileSeconds,
  startMetrics,
} from './metrics';

describe('the figures', () => {
  beforeAll(() => startMetrics());

  it('hold durations of operations, runs and host commands by how they ended', async () => {
    operationSeconds.observe({ operation: 'compute.vms.create', result: 'ok' }, 0.004);
    reconcileSeconds.observe({ kind: 'vm', outcome: 'settled' }, 0.2);
    hostCommandSeconds.observe({ host: 'h1', result: 'failed' }, 3);
    const { body, contentType } = await metricsText();
    expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(body).toContain(
      'nubo_operation_seconds_bucket{le="0.005",operation="compute.vms.create",result="ok"} 1',
    );
    expect(body).toContain(
      'nubo_operation_seconds_bucket{le="0.001",operation="compute.vms.create",result="ok"} 0',
    );
    expect(body).toContain('nubo_reconcile_seconds_count{kind="vm",outcome="settled"} 1');
    expect(body).toContain('nubo_host_command_seconds_sum{host="h1",result="failed"} 3');
  });

  it('hold events, the drift of quotas and the process itself', async () => {
    eventsTotal.inc({ event: 'compute.vm.deleted', direction: 'published' });
    quotaDrift.set(0);
    const { body } = await metricsText();
    expect(body).toContain('nubo_events_total{event="compute.vm.deleted",direction="published"} 1');
    expect(body).toMatch(/^nubo_quota_drift 0$/m);
    expect(body).toMatch(/^process_resident_memory_bytes \d+$/m);
    expect(body).toMatch(/^nodejs_eventloop_lag_seconds /m);
  });
});
