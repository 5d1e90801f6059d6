import type { CachedTurn, PutOutcome } from '@pacspace/cache';
import type { Server } from './network.js';

type CachedCustomer = CachedTurn['customers'][number];

/** One lane's hash. */
export interface CachedLane {
  readonly sequence: number;
  readonly envelopes: number;
  readonly since: number;
  readonly customers: ReadonlyMap<string, CachedCustomer>;
}

/** The cache's server: the script of libs/cache (putTurn), and what befalls a Redis that nobody is to rely on. */
export class SimCache implements Server {
  readonly name = 'cache';
  up = true;
  /** Every state that a lane's hash has ever had: what any reader may have seen. */
  readonly states: (readonly [lane: number, state: CachedLane])[] = [];
  private lanes = new Map<number, CachedLane>();
  private copies: ReadonlyMap<number, CachedLane>[] = [];

  /** @param orderly false: a broken cache, which takes every write as it comes. */
  constructor(private readonly orderly = true) {}

  lane(lane: number): CachedLane | undefined {
    return this.lanes.get(lane);
  }

  put({ lane, fromSequence, sequence, envelopes, customers }: CachedTurn): PutOutcome {
    const at = this.lanes.get(lane);
    if (this.orderly && at !== undefined && at.sequence >= sequence) return 'older';
    const renewed = at === undefined || (this.orderly && at.sequence < fromSequence);
    const written = new Map(renewed ? [] : at.customers);
    for (const customer of customers) written.set(fieldOf(customer), customer);
    const since = renewed ? fromSequence : at.since;
    const state = { sequence, envelopes, since, customers: written };
    this.lanes.set(lane, state);
    this.states.push([lane, state]);
    return renewed ? 'renewed' : 'written';
  }

  flush(): void {
    this.lanes = new Map();
  }

  saveCopy(): void {
    this.copies.push(new Map(this.lanes));
  }

  /** It comes back from an old copy. */
  restore(
    pick: (copies: readonly ReadonlyMap<number, CachedLane>[]) => ReadonlyMap<number, CachedLane>,
  ): void {
    if (this.copies.length > 0) this.lanes = new Map(pick(this.copies));
  }
}

export const fieldOf = (of: { readonly environmentId: string; readonly customerId: string }): string =>
  `${of.environmentId}\n${of.customerId}`;
