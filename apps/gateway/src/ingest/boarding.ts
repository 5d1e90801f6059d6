import type { ApiError } from '@pacspace/wire';
import type { Purse } from '../plan/purse.js';
import { conflict, type EmitOutcome, refused, unavailable } from './emit-outcome.js';
import { Flight } from './flight.js';
import type { CommitOutcome, Entry } from './group-commit.js';
import type { KeyRegistry } from './key-registry.js';
import type { PreparedDelta } from './prepare-delta.js';

/** A flight's deltas between their identity and the log, and the keys that it holds for them meanwhile. */
export class Boarding {
  readonly flight: Flight;
  /** Keys that are this flight's to settle, in order, and the places that they belong to. */
  readonly keys: string[] = [];
  readonly places: number[] = [];
  /** Places that wait for the outcome of another request's delta, or of an earlier one, with the same key. */
  readonly joined = new Set<number>();
  private readonly contested: number[] = [];

  constructor(
    count: number,
    private readonly registry: KeyRegistry,
  ) {
    this.flight = new Flight(count);
  }

  /** Gives the place its delta, and settles it at once when its key is known here. */
  board(index: number, delta: PreparedDelta): void {
    const { flight } = this;
    flight.board(index, delta);
    if (!delta.keyed) return;
    const claim = this.registry.claim(delta.recordKey, delta.fingerprint);
    if (claim.kind === 'contested') this.contested.push(index);
    switch (claim.kind) {
      case 'contested':
      case 'mine':
        this.keys.push(delta.recordKey);
        this.places.push(index);
        return;
      case 'accepted':
        return flight.settle(index, { kind: 'replayed', sequence: claim.sequence });
      case 'conflict':
        return flight.settle(index, refused(conflict()));
      case 'joined':
        this.joined.add(index);
        this.registry.join(delta.recordKey, (outcome) => flight.settle(index, outcome));
    }
  }

  /** True when the delta has still to go to the log, or to be heard of from there. */
  isOpen(index: number): boolean {
    return !this.flight.isSettled(index) && !this.joined.has(index);
  }

  settle(index: number, outcome: EmitOutcome): void {
    if (!this.isOpen(index)) return;
    this.flight.settle(index, outcome);
    const delta = this.flight.deltaAt(index);
    if (delta?.keyed === true) this.registry.settle(delta.recordKey, outcome);
  }

  /** To be called when the ledger has been asked: of what it has not said, the earlier delta has the key. */
  refuseContested(): void {
    for (const index of this.contested) this.refuse(index, conflict());
  }

  refuse(index: number, error: ApiError): void {
    this.settle(index, refused(error));
  }
}

interface Boarded {
  readonly boarding: Boarding;
  readonly index: number;
  readonly delta: PreparedDelta;
  /** What it was paid for from. */
  readonly purse: Purse | undefined;
}

/** A delta on board: told by its lane what became of it. */
export class Passenger implements Entry {
  readonly delta: PreparedDelta;
  readonly storedByMs: number | undefined;
  private readonly boarding: Boarding;
  private readonly index: number;
  private readonly purse: Purse | undefined;

  constructor({ boarding, index, delta, purse }: Boarded) {
    this.boarding = boarding;
    this.index = index;
    this.delta = delta;
    this.purse = purse;
    this.storedByMs = purse?.storedByMs;
  }

  settle(outcome: CommitOutcome): void {
    this.purse?.end(this.delta.lane, outcome.kind === 'accepted' ? 'stored' : 'unsure');
    if (outcome.kind === 'accepted') this.boarding.settle(this.index, outcome);
    else this.boarding.refuse(this.index, unavailable('the log did not take the delta', outcome.cause));
  }
}
