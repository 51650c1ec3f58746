import { Injectable } from '@nestjs/common';
import { Database } from '@nubo/persistence';
import { HostingPlatform } from '../../../../../libs/entities/src/hosting';

/** Who this platform is in clusters: two platforms may share one, and be of the same zone. */
@Injectable()
export class PlatformIdentity {
  private known?: string;

  constructor(private readonly database: Database) {}

  /** Waits for the database: it is asked when the service starts. */
  async id(): Promise<string> {
    if (this.known) return this.known;
    await this.database.ready();
    const { id } = await this.database.manager.findOneByOrFail(HostingPlatform, {});
    this.known = id;
    return id;
  }
}
