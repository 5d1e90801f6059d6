import type { DueDelivery } from '@pacspace/ledger';

/** Deliveries held for one endpoint: what it takes in the time of a look into the tables, and no more. */
const MOST = 256;
const MOST_CHARS = 4 * 1024 * 1024;
/** With fewer left the next ones are fetched. */
const LOW = 64;

/** A new or recovered endpoint begins with so many requests at a time. */
const FIRST_LIMIT = 8;

/**
 * What is at hand for one endpoint, in order, and how many requests it may have at the same time. The limit grows with
 * every success and halves with every failure, down to one: an endpoint that hangs holds one connection and nobody up.
 * Nothing here is more than a copy of what is in the tables: `backlog` names the lanes that hold more.
 */
export class EndpointQueue {
  readonly backlog = new Set<number>();
  /** Lanes in which something came while they were being read. */
  readonly missed = new Set<number>();
  /** Of endpoints that want order: what follows on a customer's delivery under way. */
  readonly chains = new Map<string, DueDelivery[]>();
  /** At hand, under way, or not noted yet: not to be fetched again. By lane. */
  private readonly known = new Map<number, Set<string>>();
  /** Looks into the tables under way, and what was done with since the first of them began: they may still show it. */
  private readers = 0;
  private readonly leftMeanwhile = new Set<string>();
  private waiting: DueDelivery[] = [];
  private chars = 0;
  active = 0;
  loading = false;
  private limit: number;

  constructor(
    readonly endpointNo: number,
    private readonly mostAtOnce: number,
  ) {
    this.limit = Math.min(FIRST_LIMIT, mostAtOnce);
  }

  get room(): number {
    return this.chars >= MOST_CHARS ? 0 : Math.max(0, MOST - this.waiting.length);
  }

  get isLow(): boolean {
    return this.waiting.length < LOW && this.room > 0;
  }

  get isIdle(): boolean {
    return (
      this.active === 0 &&
      this.waiting.length === 0 &&
      this.backlog.size === 0 &&
      !this.loading &&
      this.knownCount === 0
    );
  }

  get mayStart(): boolean {
    return this.active < this.limit && this.waiting.length > 0;
  }

  has({ lane, eventKey }: DueDelivery): boolean {
    if (this.readers > 0 && this.leftMeanwhile.has(eventKey)) return true;
    return this.known.get(lane)?.has(eventKey) === true;
  }

  /** Looks into the tables; what is answered may be out of date by what is done meanwhile, which `has` knows. */
  async read<T>(look: () => Promise<T>, use: (found: T) => void): Promise<void> {
    if (this.readers === 0) this.leftMeanwhile.clear();
    this.readers += 1;
    try {
      use(await look());
    } finally {
      this.readers -= 1;
    }
  }

  knownIn(lane: number): number {
    return this.known.get(lane)?.size ?? 0;
  }

  private get knownCount(): number {
    let count = 0;
    for (const keys of this.known.values()) count += keys.size;
    return count;
  }

  /** @param first before all others: what a customer's chain goes on with. */
  push(delivery: DueDelivery, first = false): void {
    this.know(delivery);
    this.chars += delivery.body.length;
    if (first) this.waiting.unshift(delivery);
    else this.waiting.push(delivery);
  }

  know({ lane, eventKey }: DueDelivery): void {
    let keys = this.known.get(lane);
    if (keys === undefined) this.known.set(lane, (keys = new Set()));
    keys.add(eventKey);
  }

  take(): DueDelivery | undefined {
    const next = this.waiting.shift();
    if (next !== undefined) this.chars -= next.body.length;
    return next;
  }

  forget({ lane, eventKey }: DueDelivery): void {
    const keys = this.known.get(lane);
    keys?.delete(eventKey);
    if (keys?.size === 0) this.known.delete(lane);
    if (this.readers > 0) this.leftMeanwhile.add(eventKey);
  }

  /** All of a lane that has not begun. */
  drop(lane: number): void {
    const dropped = this.waiting.filter((delivery) => delivery.lane === lane);
    this.waiting = this.waiting.filter((delivery) => delivery.lane !== lane);
    for (const delivery of dropped) {
      this.chars -= delivery.body.length;
      this.forget(delivery);
    }
    for (const [customerId, chain] of this.chains) {
      if (chain[0]?.lane !== lane) continue;
      for (const delivery of chain) this.forget(delivery);
      this.chains.delete(customerId);
    }
    this.backlog.delete(lane);
  }

  onSuccess(): void {
    this.limit = Math.min(this.mostAtOnce, this.limit + 1);
  }

  onFailure(): void {
    this.limit = Math.max(1, Math.floor(this.limit / 2));
  }
}
