import { formatPeriod, type Period, periodEndMs, periodOf } from '@pacspace/domain';
import { findFirstRecordedAt, listPeriods, listUnsealedEnvironments } from '@pacspace/ledger';
import { type HealthCheck, type Logger, sleep } from '@pacspace/service';
import type { CheckpointerMetrics } from '../checkpointer-metrics.js';
import { type ClosingTools, closeForAll } from './close-period.js';
import { type SealingTools, sealEveryone } from './seal-everyone.js';

export interface EndedPeriodsTools extends ClosingTools, SealingTools {
  readonly graceMs: number;
  readonly everyMs: number;
  readonly logger: Logger;
  readonly health: HealthCheck;
  readonly metrics: CheckpointerMetrics;
}

/** The latest period that ended `graceMs` ago or more. */
export function latestDue(nowMs: number, graceMs: number): Period {
  return periodOf(nowMs - graceMs) - 1;
}

/**
 * Closes and seals every month by itself, once the grace after its end is over: for each environment, in every lane,
 * then a final seal for every customer that has anything in it.
 *
 * An environment whose first delta is younger than the grace is let be: it is being filled with the usage of months
 * past, which would all be late otherwise.
 */
export class EndedPeriods {
  /** First deltas never change. One entry an environment that is not sealed. */
  private readonly firstRecordedAt = new Map<string, number>();

  constructor(private readonly tools: EndedPeriodsTools) {}

  /** Looks and seals until the signal; a failure is told, and tried again with the next look. */
  async run(signal: AbortSignal): Promise<void> {
    const { everyMs, health, logger } = this.tools;
    do {
      try {
        const left = await this.sealDue(signal);
        if (left === 0) health.ok();
      } catch (error) {
        health.degraded(`ended months cannot be looked for: ${String(error)}`);
        logger.warn({ err: error }, 'ended months cannot be looked for now');
      }
    } while (await sleep(everyMs, signal));
  }

  /** @returns for how many environments it failed. */
  async sealDue(signal?: AbortSignal): Promise<number> {
    const { reads, now, graceMs, logger, health, metrics } = this.tools;
    const due = latestDue(now(), graceMs);
    let failed = 0;
    for (const environmentId of await listUnsealedEnvironments(reads, due)) {
      if (signal?.aborted === true) break;
      if (!(await this.isGrown(environmentId))) continue;
      try {
        await this.sealThrough(environmentId, due);
        this.firstRecordedAt.delete(environmentId);
      } catch (error) {
        // One environment that cannot be sealed does not keep the others open.
        failed += 1;
        logger.error({ err: error, period: formatPeriod(due) }, 'an ended month cannot be sealed yet');
        health.degraded(`${formatPeriod(due)} is not sealed for ${failed} environments: ${String(error)}`);
      }
    }
    metrics.overdueSinceMs = failed === 0 ? undefined : periodEndMs(due) + graceMs;
    return failed;
  }

  private async isGrown(environmentId: string): Promise<boolean> {
    const { reads, now, graceMs } = this.tools;
    const known = this.firstRecordedAt.get(environmentId);
    const at = known ?? (await findFirstRecordedAt(reads, environmentId));
    if (at === undefined) return false;
    this.firstRecordedAt.set(environmentId, at);
    return at + graceMs <= now();
  }

  private async sealThrough(environmentId: string, due: Period): Promise<void> {
    const { reads, registry, logger, metrics } = this.tools;
    const startedAt = performance.now();
    await closeForAll(this.tools, { environmentId, period: due });
    const log = await registry.open(environmentId);
    const after = log.sealedThrough ?? -1;
    const periods = await listPeriods(reads, { environmentId, after, through: due });
    for (const period of periods) await sealEveryone(this.tools, { log, period, final: true });
    await registry.writerOf(log.number).markSealedThrough(due);
    const seconds = (performance.now() - startedAt) / 1000;
    metrics.monthSeconds.observe(seconds);
    logger.info(
      { log: log.number, period: formatPeriod(due), periods: periods.length, seconds },
      'months sealed',
    );
  }
}
