import { COMPARE_WORK_SUBJECT, type CompareWork } from '@pacspace/wire';
import type { DeltaLog } from './delta-log.js';
import { toPublishError } from './publish-error.js';

/**
 * Puts work where some comparer takes it.
 *
 * @param id the same whenever the same work is put there again.
 * @throws LogError UNAVAILABLE: it may be there or not, and to put it there again is harmless.
 */
export async function publishWork(log: DeltaLog, id: string, work: CompareWork): Promise<void> {
  try {
    await log.client.publish(COMPARE_WORK_SUBJECT, JSON.stringify(work), { msgID: id });
  } catch (cause) {
    throw toPublishError(log, 'the work', cause);
  }
}
