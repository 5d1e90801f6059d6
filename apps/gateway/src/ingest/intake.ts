import type { DeltaInput } from '@pacspace/domain';
import type { Logger } from '@pacspace/service';
import { ApiError } from '@pacspace/wire';
import type { AdjustsResolver } from './adjusts-resolver.js';
import { conflict, type EmitOutcome, refused, unavailable } from './emit-outcome.js';
import { type EmitResult, Flight } from './flight.js';
import type { CommitOutcome, Entry, GroupCommit } from './group-commit.js';
import type { IngestMetrics } from './ingest-metrics.js';
import type { KeyRegistry } from './key-registry.js';
import { identify, type Identity, type Origin, prepareDelta, type PreparedDelta } from './prepare-delta.js';
import { fingerprintOfRecord, type RecordedKeys } from './recorded-keys.js';

/** A checked delta and the idempotency key that it came with. */
export interface Item {
  readonly input: DeltaInput;
  readonly key: string | undefined;
}

export interface TakeOptions {
  /** Deltas are handed to the lanes only after this, so that a producer's order is kept from chunk to chunk. */
  readonly after?: Promise<unknown>;
  /** How long to wait for room in the queues before the rest is refused. */
  readonly roomWaitMs: number;
}

export interface Taken {
  /** Resolves when all have been handed to the lanes or refused: what is taken next comes after them in the log. */
  readonly handedOver: Promise<void>;
  /** What became of each, in the order given; never rejects. */
  readonly done: Promise<readonly EmitResult[]>;
  /** Those that wait for the outcome of another request's delta with the same key. */
  readonly joined: ReadonlySet<number>;
}

export interface IntakeParts {
  readonly commit: GroupCommit<Entry>;
  readonly registry: KeyRegistry;
  readonly recorded: RecordedKeys;
  readonly adjusts: AdjustsResolver;
  readonly metrics: IngestMetrics;
  readonly logger: Logger;
}

/**
 * The way in, for one delta or a thousand: identity, then what is known of the key, then the log. Every delta that is
 * taken is answered exactly once, whatever fails.
 */
export class Intake {
  constructor(private readonly parts: IntakeParts) {}

  take(items: readonly Item[], origin: Origin, options: TakeOptions): Taken {
    const flight = new Flight(items.length);
    const boarding = new Boarding(flight, this.parts.registry);
    const handedOver = this.board(items, origin, boarding)
      .then(() => options.after)
      .then(() => this.handOver(boarding, options.roomWaitMs))
      .catch((error: unknown) => {
        this.parts.logger.error({ err: error }, 'deltas could not be taken');
        for (let i = 0; i < items.length; i += 1) boarding.refuse(i, internal(error));
      });
    return { handedOver, done: flight.done.then((results) => this.count(results)), joined: boarding.joined };
  }

  /** Gives every delta its identity, and settles those whose key is known. */
  private async board(items: readonly Item[], origin: Origin, boarding: Boarding): Promise<void> {
    const adjusting: Promise<void>[] = [];
    for (let i = 0; i < items.length; i += 1) {
      const item = items[i];
      if (item === undefined) continue;
      const { input } = item;
      const identity = identify(input, item.key, origin);
      if (input.adjusts === undefined) {
        boarding.board(i, prepareDelta(input, identity, origin));
      } else {
        const before = boarding.keys.slice();
        adjusting.push(this.boardAdjusting(i, { input, identity, origin, before }, boarding));
      }
    }
    if (adjusting.length > 0) await Promise.all(adjusting);
    if (boarding.keys.length === 0) return;
    const recorded = await this.parts.recorded.find(boarding.keys);
    for (const [recordKey, i] of boarding.claimed) {
      const record = recorded?.get(recordKey);
      const delta = boarding.deltas[i];
      if (record === undefined || delta === undefined) continue;
      if (fingerprintOfRecord(record) !== delta.fingerprint) boarding.refuse(i, conflict());
      else boarding.settle(i, { kind: 'replayed', sequence: record.logSequence });
    }
  }

  private async boardAdjusting(i: number, adjusting: Adjusting, boarding: Boarding): Promise<void> {
    const { input, identity, origin, before } = adjusting;
    const target = await this.parts.adjusts.resolve({ input, identity, origin, before });
    if (target instanceof ApiError) boarding.refuse(i, target);
    else boarding.board(i, prepareDelta(input, identity, origin, target));
  }

  /** In the order given: the log's order of a customer's deltas is the producer's. */
  private async handOver(boarding: Boarding, roomWaitMs: number): Promise<void> {
    const { commit } = this.parts;
    const until = performance.now() + roomWaitMs;
    for (let i = 0; i < boarding.deltas.length; i += 1) {
      const delta = boarding.deltas[i];
      if (delta === undefined || !boarding.isOpen(i)) continue;
      const entry = new Passenger(boarding, i, delta);
      let offer = commit.offer(delta.lane, entry);
      while (offer === 'full' && performance.now() < until) {
        await commit.whenFreed();
        offer = commit.offer(delta.lane, entry);
      }
      if (offer === 'full') boarding.refuse(i, unavailable('too many deltas wait for the log'));
      if (offer === 'ailing') boarding.refuse(i, unavailable('the log does not take deltas now'));
    }
  }

  private count(results: readonly EmitResult[]): readonly EmitResult[] {
    const { metrics } = this.parts;
    let accepted = 0;
    let replayed = 0;
    for (const { outcome } of results) {
      if (outcome.kind === 'accepted') accepted += 1;
      else if (outcome.kind === 'replayed') replayed += 1;
      else metrics.countRejected(outcome.error.code);
    }
    if (accepted > 0) metrics.countAccepted(accepted);
    if (replayed > 0) metrics.countReplayed(replayed);
    return results;
  }
}

interface Adjusting {
  readonly input: DeltaInput;
  readonly identity: Identity;
  readonly origin: Origin;
  /** Keys of the deltas before it in the same chunk. */
  readonly before: readonly string[];
}

/** The deltas of a flight between their identity and the log. */
class Boarding {
  readonly deltas: (PreparedDelta | undefined)[] = [];
  /** Keys that this flight claimed, in order, and the deltas that they belong to. */
  readonly keys: string[] = [];
  readonly claimed: [recordKey: string, index: number][] = [];
  /** Deltas that wait for the outcome of another one with the same key. */
  readonly joined = new Set<number>();

  constructor(
    private readonly flight: Flight,
    private readonly registry: KeyRegistry,
  ) {}

  board(i: number, delta: PreparedDelta): void {
    this.deltas[i] = delta;
    if (!delta.keyed) return;
    const claim = this.registry.claim(delta.recordKey, delta.fingerprint, (outcome) =>
      this.flight.settle(i, delta, outcome),
    );
    switch (claim.kind) {
      case 'mine':
        this.keys.push(delta.recordKey);
        this.claimed.push([delta.recordKey, i]);
        return;
      case 'accepted':
        return this.flight.settle(i, delta, { kind: 'replayed', sequence: claim.sequence });
      case 'conflict':
        return this.flight.settle(i, delta, refused(conflict()));
      case 'joined':
        this.joined.add(i);
    }
  }

  /** True when the delta has still to go to the log. */
  isOpen(i: number): boolean {
    return !this.joined.has(i) && !this.flight.isSettled(i);
  }

  settle(i: number, outcome: EmitOutcome): void {
    const delta = this.deltas[i];
    const open = this.isOpen(i);
    this.flight.settle(i, delta, outcome);
    if (open && delta?.keyed === true) this.registry.settle(delta.recordKey, outcome);
  }

  refuse(i: number, error: ApiError): void {
    if (this.isOpen(i)) this.settle(i, refused(error));
  }
}

/** A delta on board: told by the lane what became of it. */
class Passenger implements Entry {
  readonly encoded;

  constructor(
    private readonly boarding: Boarding,
    private readonly index: number,
    delta: PreparedDelta,
  ) {
    this.encoded = delta.encoded;
  }

  settle(outcome: CommitOutcome): void {
    if (outcome.stored) this.boarding.settle(this.index, { kind: 'accepted', sequence: outcome.sequence });
    else this.boarding.refuse(this.index, unavailable('the log did not take the delta', outcome.cause));
  }
}

function internal(cause: unknown): ApiError {
  return new ApiError('INTERNAL', 'the delta could not be taken', { cause });
}
