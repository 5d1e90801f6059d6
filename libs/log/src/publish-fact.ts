import { type CustomerFact, factsSubject } from '@pacspace/wire';
import type { DeltaLog } from './delta-log.js';
import { toPublishError } from './publish-error.js';

/**
 * Tells a fact to whoever delivers events, by the lane of its customer. Told again it changes nothing: within the
 * duplicate window by its id, later because what is made of it is known by what it names.
 *
 * @param id the same whenever the same is told.
 * @throws LogError UNAVAILABLE | TOO_LARGE
 */
export async function publishFact(
  log: DeltaLog,
  lane: number,
  { id, fact }: { readonly id: string; readonly fact: CustomerFact },
): Promise<void> {
  try {
    await log.client.publish(factsSubject(lane), JSON.stringify(fact), { msgID: `fact-${id}` });
  } catch (cause) {
    throw toPublishError(log, 'the fact', cause);
  }
}
