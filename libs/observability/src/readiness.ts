import { Injectable } from '@nestjs/common';

type Check = () => Promise<void> | void;

/** What must answer before the service can do its work; each part registers its own check. */
@Injectable()
export class Readiness {
  private readonly checks = new Map<string, Check>();

  register(name: string, check: Check): void {
    this.checks.set(name, check);
  }

  names(): string[] {
    return [...this.checks.keys()];
  }

  /** Throws what the check throws. */
  async run(name: string): Promise<void> {
    await this.checks.get(name)?.();
  }
}
