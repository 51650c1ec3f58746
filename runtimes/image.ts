// The images that projects run in: built from Debian packages and a few files of ours, cached outside the project.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../lab/cache';
import { check } from '../lab/command';
import { LabError } from '../lab/errors';
import { missingPrograms } from '../lab/machine';
import { hashOfSources } from '../lab/sources';

const PROGRAMS = ['apt-get', 'dpkg-deb', 'flock', 'ldconfig', 'tar'];
type Say = (line: string) => void;

/** `<template>-<version>`: a folder each, with its packages and files. */
export const RUNTIMES: readonly string[] = readdirSync(__dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(__dirname, entry.name, 'packages')))
  .map(({ name }) => name)
  .sort();

/** What the platform calls the image of a runtime: `nubo-php-8-2`. */
export const imageName = (runtime: string): string => `nubo-${runtime.replaceAll('.', '-')}`;

const builtFile = (runtime: string): string =>
  join(cacheFolder('runtimes'), `${runtime}-${hashOfSources(__dirname, ['build.sh', runtime])}.tar`);

/** The archive of a runtime that was built of today's files, if there is one. */
export function builtRuntime(runtime: string): string | undefined {
  return existsSync(builtFile(runtime)) ? builtFile(runtime) : undefined;
}

/**
 * Builds the root file system of a runtime unless it is in the cache (~20 s and a download of ~30 MB); returns the path of the
 * tar archive. Throws a LabError inside of a lab, which has no way to the packages. `fresh` takes the packages of today.
 */
export async function runtimeArchive(
  runtime: string,
  say: Say = () => undefined,
  fresh = false,
): Promise<string> {
  const file = builtFile(runtime);
  if (existsSync(file) && !fresh) return file;
  if (process.env.NUBO_LAB)
    throw new LabError(`No image for ${runtime} yet. Build it outside of the lab: npm run runtime-images`);
  const missing = missingPrograms(PROGRAMS);
  if (missing.length > 0) throw new LabError(`Missing: ${missing.join(', ')}. Images are built on Debian.`);
  say(`building the image for ${runtime} …`);
  const cache = cacheFolder('runtimes');
  mkdirSync(cache, { recursive: true });
  const build = ['bash', join(__dirname, 'build.sh'), runtime, file, ...(fresh ? ['fresh'] : [])];
  await check(['flock', join(cache, 'lock'), ...build], { timeoutMs: 900_000 });
  return file;
}
