import type { DeltaInput } from '@pacspace/domain';
import type { Logger } from '@pacspace/service';
import { ApiError } from '@pacspace/wire';
import type { AdjustsQuestion, AdjustsResolver } from './adjusts-resolver.js';
import type { Principal } from '../auth/principal.js';
import type { Purse } from '../plan/purse.js';
import { Boarding, Passenger } from './boarding.js';
import { conflict, unavailable } from './emit-outcome.js';
import type { Flight } from './flight.js';
import type { Entry, GroupCommit } from './group-commit.js';
import type { IngestMetrics } from './ingest-metrics.js';
import type { KeyRegistry } from './key-registry.js';
import { identify, type Origin, prepareDelta } from './prepare-delta.js';
import { fingerprintOfRecord, type RecordedKeys } from './recorded-keys.js';

/** A checked delta and the idempotency key that it came with. */
export interface Item {
  readonly input: DeltaInput;
  readonly key: string | undefined;
}

export interface TakeOptions {
  /** Deltas are handed to the lanes only after this, so that a producer's order is kept from piece to piece. */
  readonly after?: Promise<unknown>;
  /** How long to wait for room in the queues before the rest is refused. */
  readonly roomWaitMs: number;
}

export interface Taken {
  /** Resolves when all have been handed to the lanes or refused: what is taken after that comes later in the log. */
  readonly handedOver: Promise<void>;
  /** Resolves when every delta has its outcome; never rejects. */
  readonly done: Promise<Flight>;
  /** Places that wait for the outcome of another delta with the same key. */
  readonly joined: ReadonlySet<number>;
}

export interface IntakeParts {
  readonly commit: GroupCommit<Entry>;
  readonly registry: KeyRegistry;
  readonly recorded: RecordedKeys;
  readonly adjusts: AdjustsResolver;
  /** What deltas of a limited plan are paid from; undefined: any number may pass. */
  readonly purseOf: (principal: Principal) => Purse | undefined;
  readonly metrics: IngestMetrics;
  readonly logger: Logger;
}

/**
 * The way in, for one delta or hundreds: identity, then what is known of the key, then the log. Every delta that is
 * taken gets exactly one outcome, whatever fails.
 */
export class Intake {
  constructor(private readonly parts: IntakeParts) {}

  take(items: readonly Item[], origin: Origin, options: TakeOptions): Taken {
    const boarding = new Boarding(items.length, this.parts.registry);
    const { flight, joined } = boarding;
    const handedOver = this.board(items, origin, boarding)
      .then(() => options.after)
      .then(() => this.handOver(boarding, this.parts.purseOf(origin.principal), options.roomWaitMs))
      .catch((error: unknown) => {
        this.parts.logger.error({ err: error }, 'deltas could not be taken');
        const internal = new ApiError('INTERNAL', 'the delta could not be taken', { cause: error });
        for (let i = 0; i < flight.count; i += 1) boarding.refuse(i, internal);
      });
    return { handedOver, done: flight.done.then((settled) => this.count(settled)), joined };
  }

  /** Gives every delta its identity, and settles those whose key is known. */
  private async board(items: readonly Item[], origin: Origin, boarding: Boarding): Promise<void> {
    const adjusting: Promise<void>[] = [];
    for (let i = 0; i < items.length; i += 1) {
      const item = items[i];
      if (item === undefined) continue;
      const { input, key } = item;
      const identity = identify(input, key, origin);
      if (input.adjusts === undefined) {
        boarding.board(i, prepareDelta(input, identity, origin));
      } else {
        const before = boarding.keys.slice();
        adjusting.push(this.boardAdjusting(i, { input, identity, origin, before }, boarding));
      }
    }
    if (adjusting.length > 0) await Promise.all(adjusting);
    if (boarding.keys.length > 0) await this.settleRecorded(boarding);
    boarding.refuseContested();
  }

  private async boardAdjusting(i: number, question: AdjustsQuestion, boarding: Boarding): Promise<void> {
    const { input, identity, origin } = question;
    const target = await this.parts.adjusts.resolve(question);
    if (target instanceof ApiError) boarding.refuse(i, target);
    else boarding.board(i, prepareDelta(input, identity, origin, target));
  }

  /** Deltas whose key is in the ledger already are answered from there, and do not go to the log again. */
  private async settleRecorded(boarding: Boarding): Promise<void> {
    const recorded = await this.parts.recorded.find(boarding.keys);
    if (recorded === undefined || recorded.size === 0) return;
    for (const i of boarding.places) {
      const delta = boarding.flight.deltaAt(i);
      const record = delta && recorded.get(delta.recordKey);
      if (record === undefined) continue;
      if (fingerprintOfRecord(record) !== delta?.fingerprint) boarding.refuse(i, conflict());
      else boarding.settle(i, { kind: 'replayed', sequence: record.logSequence });
    }
  }

  /** In the order given: the log's order of a customer's deltas is the producer's. */
  private async handOver(boarding: Boarding, purse: Purse | undefined, roomWaitMs: number): Promise<void> {
    const { commit } = this.parts;
    const until = performance.now() + roomWaitMs;
    let unpaid: ApiError | undefined;
    for (let i = 0; i < boarding.flight.count; i += 1) {
      const delta = boarding.flight.deltaAt(i);
      if (delta === undefined || !boarding.isOpen(i)) continue;
      if (purse !== undefined && unpaid === undefined && !purse.trySpend()) unpaid = await pay(purse);
      if (unpaid !== undefined) {
        boarding.refuse(i, unpaid);
        continue;
      }
      const entry = new Passenger({ boarding, index: i, delta, purse });
      let offer = commit.offer(delta.lane, entry);
      while (offer === 'full' && performance.now() < until) {
        await commit.whenFreed();
        offer = commit.offer(delta.lane, entry);
      }
      if (offer !== 'taken') purse?.end(delta.lane, 'unsent');
      if (offer === 'full') boarding.refuse(i, unavailable('too many deltas wait for the log'));
      if (offer === 'ailing') boarding.refuse(i, unavailable('the log does not take deltas now'));
    }
  }

  private count(flight: Flight): Flight {
    const { metrics } = this.parts;
    let accepted = 0;
    let replayed = 0;
    for (let i = 0; i < flight.count; i += 1) {
      const outcome = flight.outcomeAt(i);
      if (outcome.kind === 'accepted') accepted += 1;
      else if (outcome.kind === 'replayed') replayed += 1;
      else metrics.countRejected(outcome.error.code);
    }
    if (accepted > 0) metrics.countAccepted(accepted);
    if (replayed > 0) metrics.countReplayed(replayed);
    return flight;
  }
}

/** Waits for a unit of the plan. Deltas that are handed over meanwhile may be paid for first. */
async function pay(purse: Purse): Promise<ApiError | undefined> {
  for (;;) {
    const refusal = await purse.refill();
    if (refusal !== undefined || purse.trySpend()) return refusal;
  }
}
