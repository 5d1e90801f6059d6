import type { HealthCheck } from '@pacspace/service';

/** Degraded while any lane's events cannot be told. */
export class TellingHealth {
  private readonly failures = new Map<number, string>();

  constructor(private readonly check: HealthCheck) {
    check.ok();
  }

  told(lane: number): void {
    if (this.failures.delete(lane)) this.report();
  }

  /** @returns whether that is news. */
  failed(lane: number, error: unknown): boolean {
    const isNews = !this.failures.has(lane);
    this.failures.set(lane, String(error));
    this.report();
    return isNews;
  }

  private report(): void {
    const [first] = this.failures;
    if (first === undefined) return this.check.ok();
    const [lane, error] = first;
    this.check.degraded(`${this.failures.size} lanes keep what is to be told; lane ${lane}: ${error}`);
  }
}
