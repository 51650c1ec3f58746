import { randomUUID } from 'node:crypto';
import type { ContainerStats, ContainerSummary } from '@nubo/podman';
import {
  containerName,
  foundOf,
  idIn,
  LABELS,
  ownerText,
  pluggedIn,
  stateOf,
  trafficIn,
} from './podman.rules';

const ID = '3b1f8a52-6c0d-4f6e-9d2a-5e7c4b8a9f10';
const PORT = '0a1b2c3d-6c0d-4f6e-9d2a-5e7c4b8a9f10';
const [before, after] = [new Date('2026-01-01T00:00:00Z'), new Date('2026-01-01T00:01:00Z')];

describe('the state of a container', () => {
  it.each(['running', 'paused', 'stopping'] as const)('is running when podman says %s', (state) => {
    expect(stateOf({ state, exitCode: 0, startedAt: before })).toEqual({ is: 'running', since: before });
  });

  it.each(['created', 'configured', 'initialized'] as const)('is no end when podman says %s', (state) => {
    expect(stateOf({ state, exitCode: 0, startedAt: before })).toEqual({ is: 'off', ended: null });
  });

  it('tells how it ended', () => {
    const exited = { state: 'exited' as const, exitCode: 137, startedAt: before, exitedAt: after };
    expect(stateOf({ ...exited, oomKilled: true })).toEqual({
      is: 'off',
      ended: { at: after, exitCode: 137, outOfMemory: true },
    });
  });

  it('is missing when there is none', () => expect(stateOf(undefined)).toEqual({ is: 'missing' }));
});

describe('the name of a container', () => {
  it('leads to its id, and that of another to none', () => {
    expect(idIn(containerName(ID))).toBe(ID);
    expect(['nubo-web', 'web', `other-${ID}`].map(idIn)).toEqual([undefined, undefined, undefined]);
  });
});

describe('the owner of a network namespace', () => {
  it('is a container of this platform, or nobody’s that we know', () => {
    const [ours, theirs] = [randomUUID(), randomUUID()];
    const lines = [ownerText(ours, ID), ownerText(theirs, randomUUID()), ownerText(ours, ID), ours, ''];
    expect(pluggedIn(`${lines.join('\n')}\n${ours} web\n`, ours)).toEqual([ID]);
  });
});

describe('what is found on a host', () => {
  const summary: ContainerSummary = {
    id: 'f'.repeat(64),
    name: containerName(ID),
    imageId: '',
    state: 'running',
    labels: { [LABELS.port]: PORT },
    exitCode: 0,
    startedAt: before,
  };
  const stats: ContainerStats = {
    ...{ id: summary.id, name: summary.name, cpuNs: 2_500_000_000n, pids: 1 },
    ...{ memoryBytes: 1, memoryLimitBytes: 2, diskReadBytes: 3, diskWrittenBytes: 4 },
  };
  const counters = {
    stats: new Map([[summary.name, stats]]),
    traffic: trafficIn('np0a1b2c3d 100 200 \nnpffffffff 1 2\nnoise\n'),
  };

  it('is counted with the traffic of its own port', () => {
    expect(foundOf(summary, counters)).toEqual([
      {
        containerId: ID,
        state: { is: 'running', since: before },
        sample: {
          incarnation: before.toISOString(),
          counters: {
            ...{ cpuSeconds: 2_500_000, diskReadBytes: 3, diskWrittenBytes: 4 },
            ...{ networkInBytes: 100, networkOutBytes: 200 },
          },
        },
      },
    ]);
  });

  it('is not ours when its name is not', () => {
    expect(foundOf({ ...summary, name: 'web' }, counters)).toEqual([]);
  });
});
