import { WorkQueue, type WorkMessage } from '@pacspace/log';
import type { HealthCheck } from '@pacspace/service';
import type { ComparerMetrics } from '../comparer-metrics.js';
import { runStatement } from './read-statement.js';
import { runReport } from './make-report.js';
import type { RunTools } from './run-tools.js';

export interface WorkerTools extends RunTools {
  readonly metrics: ComparerMetrics;
  readonly health: HealthCheck;
}

/**
 * Takes statements to be read and reports to be made, one at a time, until the signal:
 *
 *   queued ──begin (a new attempt)──▶ running ──all of it in one transaction──▶ done | failed
 *     ▲                                  │
 *     └── the statement is still read ───┤
 *                      killed, or lost ──▶ somebody begins the next attempt, and this one cannot finish any more
 */
export async function runWorker(tools: WorkerTools): Promise<void> {
  const { health, logger, log, stopping } = tools;
  const queue = new WorkQueue(log, {
    signal: stopping,
    work: (message) => work(tools, message),
    onError: (error) => {
      logger.error({ err: error }, 'work on a comparison broke off: it is begun again');
      health.degraded(`work broke off: ${String(error)}`);
    },
  });
  health.ok();
  await queue.run();
}

async function work(tools: WorkerTools, { work: { kind, number } }: WorkMessage): Promise<'done' | 'later'> {
  const { health, metrics } = tools;
  const stop = metrics.runSeconds.startTimer({ kind });
  const outcome = await (kind === 'statement' ? runStatement(tools, number) : runReport(tools, number));
  stop();
  metrics.comparisons.inc({ kind, outcome });
  health.ok();
  return outcome;
}
