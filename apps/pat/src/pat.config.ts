import { Injectable } from '@nestjs/common';
import { portRange } from '@nubo/config';

/** The service's settings, read at boot. */
@Injectable()
export class PatConfig {
  /** External ports that routers give out (`NUBO_PAT_PORTS`). */
  readonly ports = portRange('NUBO_PAT_PORTS', '4000-4100');
}
