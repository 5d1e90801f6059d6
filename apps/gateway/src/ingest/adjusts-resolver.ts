import { type AdjustsTarget, type DeltaInput, laneOf } from '@pacspace/domain';
import type { FoundRecord, ReferenceQuery } from '@pacspace/ledger';
import { sha256Hex } from '@pacspace/node-crypto';
import { ApiError, recordKeyOf } from '@pacspace/wire';

import { unavailable } from './emit-outcome.js';
import type { KeyRegistry } from './key-registry.js';
import type { Identity, Origin } from './prepare-delta.js';
import type { RecordedKeys } from './recorded-keys.js';

export interface AdjustsParts {
  readonly recorded: RecordedKeys;
  readonly registry: KeyRegistry;
  readonly findByReference: (query: ReferenceQuery) => Promise<readonly string[]>;
  /** True once the ledger has what the lane's log holds now; false when a bounded wait was over before. */
  readonly waitUntilProjected: (lane: number) => Promise<boolean>;
}

export interface AdjustsQuestion {
  readonly input: DeltaInput;
  readonly identity: Identity;
  readonly origin: Origin;
  /** Keys of deltas that come before it in the same request. */
  readonly before: readonly string[];
}

/**
 * Finds the delta that a correction names. It must be one of the same customer and environment, and recorded: when
 * the ledger does not know it yet, the answer waits until the ledger has caught up with the log, once.
 */
export class AdjustsResolver {
  constructor(private readonly parts: AdjustsParts) {}

  /** The record key of the target, or why there is none. */
  async resolve(question: AdjustsQuestion): Promise<string | ApiError> {
    const { input, origin } = question;
    try {
      const lane = laneOf(origin.principal.environmentId, input.customerId, origin.lanes);
      const found = await this.search(question);
      if (found !== undefined) return found;
      const caughtUp = await this.parts.waitUntilProjected(lane);
      return (await this.search(question)) ?? (caughtUp ? unknownTarget(input.adjusts) : notYetKnown());
    } catch (error) {
      if (error instanceof ApiError) return error;
      return notYetKnown(error);
    }
  }

  private async search(question: AdjustsQuestion): Promise<string | undefined> {
    const { adjusts } = question.input;
    if (adjusts === undefined) return undefined;
    return 'recordId' in adjusts
      ? this.searchRecord(adjusts.recordId.slice('rec_'.length), question)
      : this.searchReference(adjusts.referenceId, question);
  }

  private async searchRecord(recordKey: string, question: AdjustsQuestion): Promise<string | undefined> {
    const record = (await this.fetch([recordKey])).get(recordKey);
    return isOfCustomer(record, question) ? recordKey : undefined;
  }

  /** A reference that is also an idempotency key names the one delta with that key; else it must be the only one. */
  private async searchReference(referenceId: string, question: AdjustsQuestion): Promise<string | undefined> {
    const { input, identity, origin, before } = question;
    const { environmentId } = origin.principal;
    const { customerId } = input;
    const byKey = recordKeyOf({ environmentId, customerId, key: referenceId }, sha256Hex);
    const earlier = await this.earlierAnswer(identity, byKey, referenceId);
    if (earlier !== undefined) return earlier;
    if (before.includes(byKey) || this.parts.registry.holds(byKey)) return byKey;
    if ((await this.fetch([byKey])).has(byKey)) return byKey;
    const matches = await this.parts.findByReference({ environmentId, customerId, referenceId, limit: 2 });
    if (matches.length > 1) {
      throw new ApiError('ADJUSTS_AMBIGUOUS', 'several deltas have this reference: name one by its recordId');
    }
    return matches[0];
  }

  /** A retry means what it meant the first time, whatever deltas with the same reference came since. */
  private async earlierAnswer(
    identity: Identity,
    byKey: string,
    referenceId: string,
  ): Promise<string | undefined> {
    if (!identity.keyed) return undefined;
    const own = (await this.fetch([identity.recordKey])).get(identity.recordKey);
    const target = own?.adjusts?.slice('rec_'.length);
    if (target === undefined || target === byKey) return target;
    return (await this.fetch([target])).get(target)?.referenceId === referenceId ? target : undefined;
  }

  private async fetch(recordKeys: readonly string[]): Promise<ReadonlyMap<string, FoundRecord>> {
    const found = await this.parts.recorded.find(recordKeys);
    if (found === undefined) throw notYetKnown();
    return found;
  }
}

function isOfCustomer(record: FoundRecord | undefined, { input, origin }: AdjustsQuestion): boolean {
  return record?.customerId === input.customerId && record.environmentId === origin.principal.environmentId;
}

/** The ledger is away or behind the log: the delta may be recorded all the same. */
function notYetKnown(cause?: unknown): ApiError {
  return unavailable('the delta to adjust cannot be looked up now', cause);
}

function unknownTarget(target: AdjustsTarget | undefined): ApiError {
  const name = target === undefined ? '' : 'recordId' in target ? target.recordId : target.referenceId;
  return new ApiError('ADJUSTS_UNKNOWN', `this customer has no recorded delta ${JSON.stringify(name)}`);
}
