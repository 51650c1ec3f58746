import { Controller, Get, Header, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { metricsText, Readiness } from '@nubo/observability';
import {
  HealthCheckService,
  HealthIndicatorService,
  type HealthCheckResult,
  type HealthIndicatorResult,
} from '@nestjs/terminus';

interface Replying {
  header(name: string, value: string): void;
}

/** `/health/live`: the process answers. `/health/ready`: so do the parts that it needs; 503 with what is missing. */
@ApiExcludeController()
@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly readiness: Readiness,
  ) {}

  @Get('health/live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get(['health', 'health/ready'])
  ready(): Promise<HealthCheckResult> {
    return this.health.check(this.readiness.names().map((name) => () => this.indicate(name)));
  }

  @Get('metrics')
  @Header('Cache-Control', 'no-store')
  async metrics(@Res({ passthrough: true }) reply: Replying): Promise<string> {
    const { contentType, body } = await metricsText();
    reply.header('Content-Type', contentType);
    return body;
  }

  private async indicate(name: string): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check(name);
    try {
      await this.readiness.run(name);
      return indicator.up();
    } catch (error) {
      return indicator.down(error instanceof Error ? error.message : 'down');
    }
  }
}
