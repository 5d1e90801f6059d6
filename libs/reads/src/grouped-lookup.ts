export interface GroupedLookupOptions<V> {
  /** Answers for many keys in one round trip; keys that have no answer are absent. */
  readonly ask: (keys: readonly string[]) => Promise<ReadonlyMap<string, V>>;
  /** Most keys in one question. */
  readonly maxKeys: number;
}

interface Rider<V> {
  readonly keys: readonly string[];
  readonly resolve: (answers: ReadonlyMap<string, V>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One question at a time; those that arrive while it is under way ride together in the next. Under load a thousand
 * callers cost a handful of round trips, and at rest nobody waits for company.
 */
export class GroupedLookup<V> {
  private readonly waiting: Rider<V>[] = [];
  private asking = false;

  constructor(private readonly options: GroupedLookupOptions<V>) {}

  /** Resolves with at least the answers to these keys; rejects when the question that they rode in failed. */
  find(keys: readonly string[]): Promise<ReadonlyMap<string, V>> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ keys, resolve, reject });
      if (!this.asking) void this.askAll();
    });
  }

  private async askAll(): Promise<void> {
    this.asking = true;
    // Whoever asks in this turn of the loop rides along already in the first question.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const riders = this.takeRiders();
      try {
        const answers = await this.options.ask(riders.flatMap((rider) => rider.keys));
        for (const rider of riders) rider.resolve(answers);
      } catch (error) {
        for (const rider of riders) rider.reject(error);
      }
    }
    this.asking = false;
  }

  private takeRiders(): Rider<V>[] {
    let count = 0;
    let keys = 0;
    for (const rider of this.waiting) {
      keys += rider.keys.length;
      if (count > 0 && keys > this.options.maxKeys) break;
      count += 1;
    }
    return this.waiting.splice(0, count);
  }
}
