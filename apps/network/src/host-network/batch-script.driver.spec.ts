import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Batch } from './actions';
import { NOTHING } from './actual';
import { failuresIn, scriptOf } from './batch-script.driver';
import { diff } from './diff.rules';
import { planOf } from './plan.rules';
import { factsOf, GW, H1 } from './testing/facts';

const golden = (name: string): string => readFileSync(join(__dirname, 'golden', name), 'utf8');

const ALL: Batch[] = [
  { key: 'host', actions: [{ do: 'quiet-bridges' }] },
  {
    key: 'segment 4096',
    actions: [
      { do: 'flood', vni: 4096, add: [], remove: ['10.77.0.12'] },
      { do: 'attach', device: 'np00000001', vni: 4096 },
    ],
  },
  {
    key: 'leftovers',
    actions: [
      { do: 'drop-filters' },
      { do: 'drop-devices', devices: ['nv4096', 'nb4096'] },
      { do: 'drop-dhcp', namespace: 'nr-aaaaaaaa' },
      { do: 'drop-router', namespace: 'nr-aaaaaaaa' },
    ],
  },
];

describe('the script for a host', () => {
  it.each([
    ['compute-host.sh', diff(planOf(factsOf(H1)), NOTHING)],
    ['network-host.sh', diff(planOf(factsOf(GW)), NOTHING)],
    ['changes.sh', ALL],
  ])('is as in %s', (name, batches) => {
    expect(scriptOf(batches)).toBe(golden(name));
  });

  it('is shell that a shell understands', () => {
    for (const name of ['compute-host.sh', 'network-host.sh', 'changes.sh']) {
      const { status, stderr } = spawnSync('/bin/sh', ['-n'], { input: golden(name), encoding: 'utf8' });
      expect([name, status, stderr]).toEqual([name, 0, '']);
    }
  });

  it('keeps hostile names inside of its documents', () => {
    const hosts = { file: "52:54:00:00:00:01,190.0.0.2,x'; rm -rf / #" };
    const script = scriptOf([{ key: 'k', actions: [{ do: 'dhcp-hosts', namespace: 'nr-aaaaaaaa', hosts }] }]);
    expect(script).toContain(`<<'NUBO_DOCUMENT'\nfile ${hosts.file}\nNUBO_DOCUMENT\n`);
    const evil = { file: 'a\nNUBO_DOCUMENT\nrm -rf /' };
    const actions = [{ do: 'dhcp-hosts', namespace: 'nr-aaaaaaaa', hosts: evil } as const];
    expect(() => scriptOf([{ key: 'k', actions: [...actions] }])).toThrow('a document cannot hold');
  });
});

describe('what a host answers', () => {
  const batches = ALL.slice(0, 2);

  it('is a success when every batch came to its end', () => {
    const stdout = 'nubo-done 0\nnubo-done 1\n';
    expect(failuresIn(batches, { code: 0, stdout, stderr: 'nubo-batch 0\nnubo-batch 1\n' })).toEqual([]);
  });

  it('names the batch that ended early, with what was said in it', () => {
    const stderr = 'nubo-batch 0\nRTNETLINK answers: File exists\nnubo-batch 1\n';
    expect(failuresIn(batches, { code: 0, stdout: 'nubo-done 1\n', stderr })).toEqual([
      { key: 'host', reason: 'RTNETLINK answers: File exists' },
    ]);
    expect(failuresIn(batches, { code: 0, stdout: '', stderr: 'nubo-batch 0\nnubo-batch 1\n' })).toEqual([
      { key: 'host', reason: 'it ended without a word' },
      { key: 'segment 4096', reason: 'it ended without a word' },
    ]);
  });
});
