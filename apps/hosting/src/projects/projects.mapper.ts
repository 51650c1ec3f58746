import { Injectable } from '@nestjs/common';
import type { ProjectView } from '@nubo/contracts';
import { resourceFields } from '@nubo/persistence';
import type { Project } from '../../../../libs/entities/src/hosting';
import { HostingConfig } from '../hosting.config';
import { Secrets } from '../programs/secrets.service';
import type { RunProject } from '../runners/runner';

/** Views say where things are, and that is a setting. */
@Injectable()
export class ProjectMapper {
  constructor(
    private readonly config: HostingConfig,
    private readonly secrets: Secrets,
  ) {}

  hostname(row: Project): string {
    return this.config.hostnameOf(row);
  }

  /** What a runner has to know of it. */
  about(row: Project): RunProject {
    const { id, name, tenantId, userId } = row;
    return { id, name, tenantId, userId, hostname: this.hostname(row) };
  }

  view = (row: Project): ProjectView => {
    const { webPort, tlsPort, sftpHost, sftpPort } = this.config;
    const hostname = this.hostname(row);
    return {
      ...resourceFields(row),
      template: row.template,
      templateVersion: row.templateVersion,
      runner: row.runner,
      replicas: row.replicas,
      memory: row.memoryMib,
      healthPath: row.healthPath,
      env: row.env,
      secrets: Object.keys(this.secrets.ofProject(row)).sort(),
      hostname,
      url: `http://${hostname}${webPort === 80 ? '' : `:${webPort}`}`,
      secureUrl: tlsPort === 0 ? null : `https://${hostname}${tlsPort === 443 ? '' : `:${tlsPort}`}`,
      sftp: { host: sftpHost, port: sftpPort, login: row.login },
      release: row.release,
      served: row.served,
      publishing: row.publishing,
      keepReleases: row.keepReleases,
      autoPublish: row.autoPublish,
      quietSeconds: row.quietSeconds,
    };
  };
}
