/** What a producer wants recorded: once, whatever happens on the way. */
export interface Fact {
  /** Also its reason, by which it is found again in the log and in the ledger. */
  readonly name: string;
  readonly customerId: string;
  /** Undefined: it is sent once only, since a repeat would be another fact. */
  readonly key: string | undefined;
  readonly producer: string;
  /** What a producer does next it begins when all of this has been answered. */
  readonly action: number;
  readonly amount: string;
  /** The request's JSON, the same at every try. */
  readonly text: string;
  /** Log sequences that it was acknowledged with: each has the fact in it. */
  readonly acknowledgedAt: number[];
}

/** A strong read, and what it had to contain. */
export interface StrongRead {
  readonly customerId: string;
  readonly lane: number;
  readonly from: 'cache' | 'ledger';
  /** The log position that it was answered for. */
  readonly sequence: number;
  readonly count: number;
  readonly balance: string;
  /** Names of the facts that had been acknowledged when it began. */
  readonly acknowledgedBefore: readonly string[];
}

/** What the outside world has seen of a run. */
export class Journal {
  readonly facts = new Map<string, Fact>();
  readonly reads: StrongRead[] = [];

  add(fact: Omit<Fact, 'acknowledgedAt'>): Fact {
    const added = { ...fact, acknowledgedAt: [] };
    this.facts.set(fact.name, added);
    return added;
  }

  acknowledgedOf(customerId: string): string[] {
    return [...this.facts.values()]
      .filter((fact) => fact.customerId === customerId && fact.acknowledgedAt.length > 0)
      .map(({ name }) => name);
  }
}
