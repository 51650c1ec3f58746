import { isIPv4 } from 'node:net';
import { Injectable } from '@nestjs/common';
import { ConfigError, integer, list, text } from '@nubo/config';
import ipaddr from 'ipaddr.js';
import { HostingConfig } from '../../hosting.config';
import type { Endpoint } from '../runner';
import { platformLabel, type ClusterSettings } from './names.rules';

/** The cluster that projects run in, read at boot; nothing of it is looked at while `NUBO_KUBECONFIG` names none. */
@Injectable()
export class KubernetesConfig {
  /** The path of a kubeconfig; empty: there is no cluster. */
  readonly kubeconfig = text('NUBO_KUBECONFIG', '');
  private readonly known?: ClusterSettings & { listen: Endpoint };

  constructor({ zone }: HostingConfig) {
    if (this.isThere) this.known = { platform: platformLabel(zone), ...settings() };
  }

  get isThere(): boolean {
    return this.kubeconfig !== '';
  }

  get cluster(): ClusterSettings & { listen: Endpoint } {
    if (this.known) return this.known;
    throw new ConfigError('NUBO_KUBECONFIG must be set: a cluster is asked for');
  }
}

function settings(): Omit<ClusterSettings, 'platform'> & { listen: Endpoint } {
  const content = contentOf(text('NUBO_KUBERNETES_CONTENT_URL'));
  const ingress = list('NUBO_KUBERNETES_INGRESS').map((one) => endpointOf('NUBO_KUBERNETES_INGRESS', one));
  if (ingress.length === 0)
    throw new ConfigError('NUBO_KUBERNETES_INGRESS must be set: where the ingress of the cluster listens');
  const images = text('NUBO_KUBERNETES_IMAGES', 'localhost/{image}:latest');
  if (!images.includes('{image}'))
    throw new ConfigError(
      `NUBO_KUBERNETES_IMAGES must be like registry.example.org/{image}:1, not ${images}`,
    );
  return {
    images,
    ingress,
    content,
    ingressClass: text('NUBO_KUBERNETES_INGRESS_CLASS', '') || undefined,
    visitors: visitorsOf(list('NUBO_KUBERNETES_VISITORS')),
    memoryMib: integer('NUBO_KUBERNETES_MEMORY', 16_384, [64, 1_048_576]),
    listen: endpointOf(
      'NUBO_KUBERNETES_CONTENT_LISTEN',
      text('NUBO_KUBERNETES_CONTENT_LISTEN', `0.0.0.0:${content.port}`),
    ),
  };
}

/** Ranges of addresses, and names of namespaces. */
function visitorsOf(said: string[]): string[] {
  const bad = said.find((one) => !ipaddr.IPv4.isValidCIDR(one) && !/^[a-z0-9][a-z0-9-]{0,62}$/.test(one));
  if (bad === undefined) return said.length > 0 ? said : ['ingress-nginx'];
  throw new ConfigError(
    `NUBO_KUBERNETES_VISITORS must hold namespaces and ranges like 192.0.2.0/24, not ${bad}`,
  );
}

/** Network policies know addresses, not names. */
function contentOf(url: string): Endpoint {
  const place = placeOf(/^http:\/\/([^/]*)\/?$/.exec(url)?.[1]);
  if (place) return place;
  throw new ConfigError(`NUBO_KUBERNETES_CONTENT_URL must be like http://192.0.2.10:3021, not ${url}`);
}

function endpointOf(name: string, said: string): Endpoint {
  const place = placeOf(said);
  if (place) return place;
  throw new ConfigError(`${name} must hold places like 192.0.2.10:80, not ${said}`);
}

/** `<IPv4 address>:<port>`. */
function placeOf(said = ''): Endpoint | undefined {
  const [, host = '', port = ''] = /^([0-9.]+):(\d{1,5})$/.exec(said) ?? [];
  if (!isIPv4(host) || Number(port) < 1 || Number(port) > 65_535) return undefined;
  return { host, port: Number(port) };
}
