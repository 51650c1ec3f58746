import { Injectable } from '@nestjs/common';
import { Intentions } from '@nubo/persistence';
import { Platform } from '../../../../libs/entities/src/compute';

/** Who this platform is on hosts: two platforms may share one. */
@Injectable()
export class PlatformIdentity {
  private known?: string;

  constructor(private readonly intentions: Intentions) {}

  async id(): Promise<string> {
    this.known ??= (await this.intentions.read((em) => em.findOneByOrFail(Platform, {}))).id;
    return this.known;
  }
}
