import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { log } from '@nubo/observability';
import { Intentions } from '@nubo/persistence';
import { Project } from '../../../../libs/entities/src/hosting';
import { ProjectFolders } from '../projects/project-folders.driver';
import { ProgramOutput } from './program-output.service';

const EVERY_MS = 5_000;
/** That many of the last lines are shown: the file never grows beyond them. */
const LINES = 1_000;
/** Somebody is connected to its files. */
const WATCHED = `p.runner IS NOT NULL AND p.state <> 'deleting' AND EXISTS (SELECT 1 FROM sftp_sessions s
  WHERE s.project_id = p.id AND s.seen_at > now() - interval '30 seconds')`;

/** Shows what programs wrote as `/logs/program.log` over SFTP, while somebody is there to read it. */
@Injectable()
export class ProgramLogs implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer?: NodeJS.Timeout;
  private stopped = false;

  constructor(
    private readonly intentions: Intentions,
    private readonly folders: ProjectFolders,
    private readonly output: ProgramOutput,
  ) {}

  onApplicationBootstrap(): void {
    this.next();
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** Safe to repeat, and by several at once. */
  async look(): Promise<void> {
    const projects = await this.intentions.read((em) =>
      em.createQueryBuilder(Project, 'p').where(WATCHED).getMany(),
    );
    for (const project of projects)
      await this.show(project).catch((error: unknown) =>
        log.debug({ err: error, resourceId: project.id }, 'what a program wrote could not be shown'),
      );
  }

  private next(): void {
    if (this.stopped) return;
    const look = async (): Promise<void> => {
      await this.look().catch((error: unknown) => log.warn({ err: error }, 'programs’ logs are not shown'));
      this.next();
    };
    this.timer = setTimeout(() => void look(), EVERY_MS).unref();
  }

  /** A reader finds the text before or this one. The folder is the web server's, too: no name that it could know is written to. */
  private async show(project: Project): Promise<void> {
    const folder = this.folders.logs(project.id);
    const draft = join(folder, `.${randomUUID()}`);
    const text = await this.output.of(project, LINES);
    try {
      await writeFile(draft, text, { flag: 'wx', mode: 0o644 });
      await rename(draft, join(folder, 'program.log'));
    } finally {
      await rm(draft, { force: true });
    }
  }
}
