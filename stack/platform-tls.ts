/** Which servers of a platform show certificates, and that these are never old. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gatewayHost } from './listen';
import { type Authority, ensureAuthority, ensureCertificate } from './certificates';
import { serverUser, writeAtomically } from './files';
import { notHealthy } from './health';
import { type PlatformPlace } from './platform-place';
import { type ServiceProcess } from './service-specs';
import { hasWeb } from './web';
import { type WebTls } from './web-tls';

const LOOK_MS = 3_600_000;

export const caFileOf = (dataDir: string): string => join(dataDir, 'keys', 'ca.pem');

const authorityOf = ({ options }: PlatformPlace): Promise<Authority> =>
  ensureAuthority(join(options.dataDir, 'keys'));

const settingOf = ({ options, environment }: PlatformPlace, name: string): string | undefined =>
  options.env?.[name] || environment[name] || undefined;

/** What nginx is told. */
export function webTls({ options, ports }: PlatformPlace): WebTls {
  const { dataDir } = options;
  return {
    port: ports.webTls,
    zone: join(dataDir, 'web', 'zone.pem'),
    folder: join(dataDir, 'hosting', 'certificates'),
    challenges: join(dataDir, 'hosting', 'challenges'),
  };
}

/** That of the zone of projects; the web server reads it. */
export async function ensureWebCertificate(place: PlatformPlace): Promise<boolean> {
  const zone = settingOf(place, 'NUBO_HOSTING_ZONE') ?? 'sites.nubo.test';
  const owner = place.owner('web') ?? serverUser();
  const wanted = { file: webTls(place).zone, names: [zone, `*.${zone}`], owner };
  return ensureCertificate(await authorityOf(place), wanted);
}

const gatewayFile = ({ options }: PlatformPlace): string => join(options.dataDir, 'gateway', 'tls.pem');

async function ensureGatewayCertificate(place: PlatformPlace): Promise<boolean> {
  const names = new Set(['localhost', '127.0.0.1', gatewayHost(place.environment)]);
  const publicUrl = settingOf(place, 'NUBO_PUBLIC_URL');
  if (publicUrl) names.add(new URL(publicUrl).hostname);
  const wanted = { file: gatewayFile(place), names: [...names], owner: place.owner('gateway') };
  return ensureCertificate(await authorityOf(place), wanted);
}

/** It hands out the certificate of the authority, and answers over TLS when that is wanted. */
export function gatewayWithCertificate(place: PlatformPlace, service: ServiceProcess): ServiceProcess {
  const { spec, healthUrl } = service;
  const { dataDir, tls } = place.options;
  const caFile = join(dataDir, 'gateway', 'ca.pem');
  const prepare = async (): Promise<void> => {
    await spec.prepare?.();
    const { certificateFile } = await authorityOf(place);
    writeAtomically(caFile, readFileSync(certificateFile, 'utf8'), place.owner('gateway'));
    if (tls) await ensureGatewayCertificate(place);
  };
  const env = { ...spec.env, NUBO_CA_FILE: caFile };
  if (!tls) return { ...service, spec: { ...spec, env, prepare } };
  const url = healthUrl.replace('http:', 'https:');
  const notReady = () => notHealthy(url, caFileOf(dataDir));
  const whole = { ...spec, env: { ...env, NUBO_TLS_PATH: gatewayFile(place) }, prepare, notReady };
  return { ...service, healthUrl: url, spec: whole };
}

/** Issues those that are due anew, from time to time; whoever shows them sees that their files have changed. */
export function keepCertificates(place: PlatformPlace): NodeJS.Timeout {
  return setInterval(() => void renew(place), LOOK_MS).unref();
}

/** Safe to repeat. */
export async function renew(place: PlatformPlace): Promise<void> {
  const { onProgress, tls } = place.options;
  try {
    const due = [
      hasWeb() && (await ensureWebCertificate(place)) && 'sites',
      tls && (await ensureGatewayCertificate(place)) && 'the gateway',
    ].filter(Boolean);
    if (due.length > 0) onProgress?.(`the certificate of ${due.join(' and ')} is renewed`);
  } catch (error) {
    onProgress?.(`a certificate could not be renewed: ${(error as Error).message}`);
  }
}
