import type { FoundRecord } from '@pacspace/ledger';
import { sha256Hex } from '@pacspace/node-crypto';
import { CircuitBreaker } from '@pacspace/service';
import { fingerprintOf, metadataHashOf } from '@pacspace/wire';
import { GroupedLookup } from '@pacspace/reads';
import type { IngestMetrics } from './ingest-metrics.js';

/** How long a delta waits to hear whether its key is known. */
const WAIT_MS = 250;
const MAX_KEYS_PER_LOOKUP = 5_000;

export type Find = (recordKeys: readonly string[]) => Promise<readonly FoundRecord[]>;

/**
 * Which keys the ledger has already. Best effort: when the data base is slow or away the answer is undefined, and the
 * delta goes to the log all the same, since the projector decides.
 */
export class RecordedKeys {
  private readonly lookup: GroupedLookup<FoundRecord>;
  private readonly breaker = new CircuitBreaker({
    name: 'the ledger',
    failureLimit: 2,
    timeoutMs: WAIT_MS,
    openMs: 500,
    maxOpenMs: 2_000,
  });

  constructor(
    find: Find,
    private readonly metrics: IngestMetrics,
  ) {
    this.lookup = new GroupedLookup({
      maxKeys: MAX_KEYS_PER_LOOKUP,
      ask: async (keys) => new Map((await find(keys)).map((record) => [record.recordKey, record])),
    });
  }

  async find(recordKeys: readonly string[]): Promise<ReadonlyMap<string, FoundRecord> | undefined> {
    const attempt = await this.breaker.attempt(() => this.lookup.find(recordKeys));
    this.metrics.countLookup(attempt.ok ? 'answered' : 'skipped');
    return attempt.ok ? attempt.value : undefined;
  }
}

/** The fingerprint of what is recorded: that of its content, which the ledger keeps whole. */
export function fingerprintOfRecord(record: FoundRecord): string {
  const { metadata, salt } = record;
  const metadataHash =
    metadata === undefined || salt === undefined ? undefined : metadataHashOf(salt, metadata, sha256Hex);
  return fingerprintOf({ ...record, metadataHash }, sha256Hex);
}
