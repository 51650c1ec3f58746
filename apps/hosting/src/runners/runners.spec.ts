import { ConfigError } from '@nubo/config';
import { NuboError } from '@nubo/contracts';
import type { HostingConfig } from '../hosting.config';
import type { KubernetesConfig } from './kubernetes/kubernetes.config';
import type { KubernetesRunner } from './kubernetes/kubernetes.runner';
import type { NuboRunner } from './nubo/nubo.runner';
import { Runners } from './runners';

const nubo = {} as NuboRunner;
const kubernetes = {} as KubernetesRunner;
const runners = (runner: string, isThere: boolean): Runners =>
  new Runners({ runner } as HostingConfig, { isThere } as KubernetesConfig, nubo, kubernetes);

it('takes what the operator says for new projects, or what is asked for of those that there are', () => {
  expect(runners('nubo', true).forNew()).toBe('nubo');
  expect(runners('kubernetes', true).forNew()).toBe('kubernetes');
  expect(runners('nubo', true).forNew('kubernetes')).toBe('kubernetes');
});

it('refuses one that is not set up, and names those that are', () => {
  expect(() => runners('nubo', false).forNew('kubernetes')).toThrow('runner: must be one of nubo');
  expect(() => runners('nubo', false).of({ name: 'blog', runner: 'kubernetes' })).toThrow(NuboError);
});

it('does not start with one that is not set up as the usual one', () => {
  expect(() => runners('kubernetes', false)).toThrow(ConfigError);
  expect(() => runners('docker', true)).toThrow('must be one of nubo, kubernetes, not docker');
});

it('finds a project’s own', () => {
  expect(runners('nubo', true).of({ name: 'blog', runner: 'kubernetes' })).toBe(kubernetes);
  expect(runners('kubernetes', true).of({ name: 'blog', runner: 'nubo' })).toBe(nubo);
});
