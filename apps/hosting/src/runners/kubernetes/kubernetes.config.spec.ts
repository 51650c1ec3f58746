import { ConfigError, overrideSettings } from '@nubo/config';
import { HostingConfig } from '../../hosting.config';
import { KubernetesConfig } from './kubernetes.config';

const WHOLE = {
  NUBO_DATA_DIR: '/nowhere',
  NUBO_HOSTING_ZONE: 'sites.test',
  NUBO_KUBECONFIG: '/etc/nubo/kubeconfig',
  NUBO_KUBERNETES_CONTENT_URL: 'http://192.0.2.10:3021',
  NUBO_KUBERNETES_INGRESS: '192.0.2.1:80, 192.0.2.2:8080',
};

function read(more: Record<string, string> = {}): KubernetesConfig {
  const restore = overrideSettings({ ...WHOLE, ...more });
  try {
    return new KubernetesConfig(new HostingConfig());
  } finally {
    restore();
  }
}

it('is read when a kubeconfig is named', () => {
  expect(read().cluster).toEqual({
    platform: 'sites.test',
    images: 'localhost/{image}:latest',
    ingress: [
      { host: '192.0.2.1', port: 80 },
      { host: '192.0.2.2', port: 8080 },
    ],
    ingressClass: undefined,
    visitors: ['ingress-nginx'],
    content: { host: '192.0.2.10', port: 3021 },
    memoryMib: 16_384,
    listen: { host: '0.0.0.0', port: 3021 },
  });
});

it('asks for nothing while none is named', () => {
  const config = read({ NUBO_KUBECONFIG: '', NUBO_KUBERNETES_CONTENT_URL: 'nonsense' });
  expect(config.isThere).toBe(false);
  expect(() => config.cluster).toThrow(ConfigError);
});

it.each([
  ['NUBO_KUBERNETES_CONTENT_URL', ''],
  ['NUBO_KUBERNETES_CONTENT_URL', 'http://hosting.example.org:3021'],
  ['NUBO_KUBERNETES_CONTENT_URL', 'http://192.0.2.10'],
  ['NUBO_KUBERNETES_CONTENT_URL', 'nonsense'],
  ['NUBO_KUBERNETES_INGRESS', ''],
  ['NUBO_KUBERNETES_INGRESS', 'ingress.example.org:80'],
  ['NUBO_KUBERNETES_INGRESS', '192.0.2.1:70000'],
  ['NUBO_KUBERNETES_IMAGES', 'registry.example.org/php'],
  ['NUBO_KUBERNETES_CONTENT_LISTEN', 'everywhere'],
  ['NUBO_KUBERNETES_MEMORY', '1'],
  ['NUBO_KUBERNETES_VISITORS', 'ingress-nginx,192.0.2.1'],
  ['NUBO_KUBERNETES_VISITORS', '192.0.2.0/33'],
])('names %s when it is %p', (name, value) => {
  expect(() => read({ [name]: value })).toThrow(name);
});
