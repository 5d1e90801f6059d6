import { type BalanceAnswer, type Cache, CacheError, getBalance } from '@pacspace/cache';
import { CircuitBreaker, SpanKind, traceStep } from '@pacspace/service';

/** Redis answers in well under a millisecond; one that takes this long is slower than Postgres. */
const TIMEOUT_MS = 200;

const REDIS_SPAN = {
  kind: SpanKind.CLIENT,
  attributes: { 'db.system.name': 'redis', 'db.operation.name': 'HGET' },
};

/** The cache as reads use it: what it does not say, in time and legibly, it does not say. */
export class BalanceCache {
  private readonly breaker: CircuitBreaker;

  constructor(
    private readonly cache: Cache,
    onChange?: (state: string) => void,
  ) {
    this.breaker = new CircuitBreaker({
      name: 'the cache',
      failureLimit: 3,
      timeoutMs: TIMEOUT_MS,
      openMs: 250,
      maxOpenMs: 2_000,
      isFailure: (error) => !(error instanceof CacheError) || error.code === 'UNAVAILABLE',
      ...(onChange !== undefined && { onChange }),
    });
  }

  /** Undefined: ask the ledger. */
  async find(of: Parameters<typeof getBalance>[1]): Promise<BalanceAnswer | undefined> {
    try {
      const attempt = await traceStep('HGET balance', REDIS_SPAN, () =>
        this.breaker.attempt(() => getBalance(this.cache, of)),
      );
      return attempt.ok ? attempt.value : undefined;
    } catch (error) {
      // Not something that this version writes: as good as absent.
      if (error instanceof CacheError) return undefined;
      throw error;
    }
  }
}
