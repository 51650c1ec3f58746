/** Projects as the hosting service shows them, and the files of their releases. */
import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import {
  findProject,
  getPrincipal,
  NuboError,
  openProjectRelease,
  serviceContext,
  unavailable,
  unprocessable,
  type ProjectReleaseFiles,
  type ProjectReleaseTicket,
  type PublishedProjectView,
  type RequestContext,
} from '@nubo/contracts';
import { Bus } from '@nubo/messaging';
import type { DistributionProject } from '../../../../libs/entities/src/cdn';
import { CdnConfig } from '../cdn.config';
import { ContentStore } from '../contents/content-store.driver';
import type { StoredContent } from '../contents/contents.service';

type File = ProjectReleaseFiles['files'][number];

/** Files that are fetched at once. */
const AT_ONCE = 8;

@Injectable()
export class Projects {
  constructor(
    private readonly bus: Bus,
    private readonly store: ContentStore,
    private readonly config: CdnConfig,
  ) {}

  /** Undefined when there is none that whoever `ctx` names may see. Throws when hosting does not answer. */
  find(ctx: RequestContext, project: string): Promise<PublishedProjectView | undefined> {
    return this.bus.call(findProject, ctx, { project }).catch(unlessGone);
  }

  /** The same for whoever has made the distribution of it, as they are now: a role that was taken away opens nothing any more. */
  async findFor(link: DistributionProject): Promise<PublishedProjectView | undefined> {
    const ctx = await this.personOf(link);
    return ctx && this.find(ctx, link.projectId);
  }

  /**
   * Takes what of a release is not here yet. Throws `unprocessable` when there is no such release (any more), or it is
   * larger than a content may be.
   */
  async takeFor(link: DistributionProject, release: number, signal: AbortSignal): Promise<StoredContent> {
    const ctx = await this.personOf(link);
    if (!ctx) throw notKept(release);
    const ticket = await this.open(ctx, link.projectId, release);
    const listed = await asked(ticket, '', signal);
    const { files } = (await listed.json()) as ProjectReleaseFiles;
    const bytes = this.sizeOf(files);
    await this.takeFiles(ticket, [...new Map(files.map((file) => [file.sha256, file])).values()], signal);
    return { manifest: await this.store.putManifest(files), files: files.length, bytes };
  }

  /** Undefined for somebody who is gone. */
  private async personOf({
    distributionId,
    userId,
  }: DistributionProject): Promise<RequestContext | undefined> {
    const asking = serviceContext('cdn', `project-of-${distributionId}`);
    const principal = await this.bus.call(getPrincipal, asking, { id: userId }).catch(unlessGone);
    return principal && { requestId: asking.requestId, principal };
  }

  private open(ctx: RequestContext, projectId: string, release: number): Promise<ProjectReleaseTicket> {
    const opening = this.bus.call(openProjectRelease, ctx, { projectId, release });
    return opening.catch((error: unknown) => {
      if (error instanceof NuboError && error.kind === 'not_found') throw notKept(release);
      throw error;
    });
  }

  private sizeOf(files: File[]): number {
    const { maxBytes, maxFiles } = this.config;
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    if (files.length === 0) throw unprocessable('empty_release', 'The release has no file for visitors.');
    if (files.length <= maxFiles && bytes <= maxBytes) return bytes;
    const message = `The release has ${files.length} files with ${bytes} bytes; ${maxFiles} with ${maxBytes} are allowed.`;
    throw unprocessable('release_too_large', message, { maxFiles, maxBytes });
  }

  private async takeFiles(ticket: ProjectReleaseTicket, files: File[], signal: AbortSignal): Promise<void> {
    const left = files.values();
    const lane = async (): Promise<void> => {
      for (const file of left)
        if (!(await this.store.has(file.sha256))) await this.takeFile(ticket, file, signal);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  }

  /** It is what it is said to be, or nothing is kept of it under that name. */
  private async takeFile(ticket: ProjectReleaseTicket, file: File, signal: AbortSignal): Promise<void> {
    const { body } = await asked(ticket, `/file?path=${encodeURIComponent(file.path)}`, signal);
    const source = body ? Readable.fromWeb(body) : Readable.from([]);
    const { sha256 } = await this.store.put(source);
    if (sha256 !== file.sha256)
      throw unavailable('torn_file', `${file.path} did not come as a whole; it is fetched again.`);
  }
}

function unlessGone(error: unknown): undefined {
  if (error instanceof NuboError && error.kind === 'not_found') return undefined;
  throw error;
}

const notKept = (release: number): NuboError =>
  unprocessable('release_gone', `Its project does not keep release ${release} any more.`);

async function asked({ url, ticket }: ProjectReleaseTicket, path: string, signal: AbortSignal) {
  const headers = { authorization: `Ticket ${ticket}` };
  const response = await fetch(url + path, { headers, signal }).catch((error: unknown) => {
    throw unavailable('hosting_unavailable', `The release cannot be fetched: ${String(error)}.`);
  });
  if (response.ok) return response;
  await response.body?.cancel();
  throw unavailable('hosting_unavailable', `The release cannot be fetched: ${response.status}.`);
}
