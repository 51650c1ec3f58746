import { Injectable } from '@nestjs/common';

type Check = () => Promise<void> | void;
const ANSWER_MS = 2_000;

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

  /** Throws what the check throws, or that it did not answer in time. */
  async run(name: string, answerMs = ANSWER_MS): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const silent = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${answerMs / 1000} s`)), answerMs);
    });
    try {
      await Promise.race([this.checks.get(name)?.(), silent]);
    } finally {
      clearTimeout(timer);
    }
  }
}
