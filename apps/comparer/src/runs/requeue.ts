import { dropAbandonedStatements, findIdleWork } from '@pacspace/ledger';
import { publishWork } from '@pacspace/log';
import { sleep } from '@pacspace/service';
import type { RunTools } from './run-tools.js';

/** Of whom nothing was heard for so long, nobody works on: whoever does notes it every second. */
const IDLE_MS = 60_000;
const LOOK_EVERY_MS = 15_000;
const PAGE = 100;
/** An upload may go on for hours. */
const ABANDONED_MS = 24 * 3_600_000;

/**
 * Puts work on the stream again that the data base knows of and nobody does: whoever asked for it died between the two, or
 * the stream has lost it. That it may be there twice does no harm.
 */
export async function requeueIdleWork(tools: RunTools): Promise<void> {
  const { log, logger, now, stopping, writers } = tools;
  while (await sleep(LOOK_EVERY_MS, stopping)) {
    try {
      for (const { kind, number, attempts } of await findIdleWork(writers, now() - IDLE_MS, PAGE)) {
        await publishWork(log, `${kind}-${number}-${attempts}`, { kind, number });
      }
      await dropAbandonedStatements(writers, now() - ABANDONED_MS);
    } catch (error) {
      if (!stopping.aborted) logger.warn({ err: error }, 'idle comparisons cannot be looked for now');
    }
  }
}
