import {
  addLogKey,
  listSealLogs,
  type LogHead,
  publishHead,
  readHead,
  readLogHashes,
  type SealLog,
} from '@pacspace/ledger';
import { sha256 } from '@pacspace/node-crypto';
import {
  CompactRange,
  fetchProof,
  formatCheckpoint,
  formatNote,
  type Note,
  parseCheckpoint,
  parseNote,
  planConsistency,
  signNote,
  verifyConsistency,
} from '@pacspace/proof';
import {
  type HealthCheck,
  type Logger,
  sleep,
  type SpanContext,
  tracedContext,
  withSpan,
} from '@pacspace/service';
import type pg from 'pg';
import type { CheckpointerMetrics } from './checkpointer-metrics.js';
import { logSigner } from './keys/log-signer.js';

export interface PublishingTools {
  readonly writers: pg.Pool;
  readonly reads: pg.Pool;
  readonly signingSecret: Uint8Array;
  readonly now: () => number;
  readonly logger: Logger;
  readonly health: HealthCheck;
  readonly metrics: CheckpointerMetrics;
}

/** At most one head of a log in this time. */
export const PUBLISH_EVERY_MS = 1_000;
/** Links kept on a span; an exporter would cut them at 128 anyway. */
const MAX_LINKS = 128;

/**
 * Signs the logs' heads and shows them to the world. What is stored is looked at once more before it is signed: a head
 * that does not follow from the last one is never signed, whatever the tables say. A process that dies between a seal
 * and its head leaves the head to whoever looks next.
 */
export class HeadPublisher {
  /** Aborted by news. */
  private news = new AbortController();
  private readonly knownKeys = new Set<number>();
  /** Of seals that were written here since the last look, as far as somebody records them. */
  private traces: SpanContext[] = [];
  /** Seals without a head, after the last look. */
  private unpublished = 0;

  constructor(private readonly tools: PublishingTools) {}

  /** Says that there is something new; called by whoever has sealed it, in its own span. */
  poke(): void {
    const trace = tracedContext();
    if (trace !== undefined && this.traces.length < MAX_LINKS) this.traces.push(trace);
    this.tools.metrics.unpublishedSinceMs ??= this.tools.now();
    this.news.abort();
  }

  /** Publishes until the signal, and once more then, so that what was sealed last is not left unsigned. */
  async run(signal: AbortSignal): Promise<void> {
    await this.attempt(() => this.signWithNewKey());
    while (!signal.aborted) {
      this.news = new AbortController();
      await this.publishTraced();
      await sleep(PUBLISH_EVERY_MS, signal);
      // Other processes seal, too, so it looks again also when nobody says anything here.
      await sleep(PUBLISH_EVERY_MS, AbortSignal.any([signal, this.news.signal]));
    }
    await this.publishTraced();
    if (this.unpublished === 0) return;
    // A head of less than a second ago was in the way.
    await sleep(PUBLISH_EVERY_MS);
    await this.attempt(() => this.publishAll());
  }

  /** In a span of its own when it is for something that is traced: a look at nothing new is not worth one. */
  private async publishTraced(): Promise<void> {
    const links = this.traces;
    this.traces = [];
    const [parent] = links;
    if (parent === undefined) return await this.attempt(() => this.publishAll());
    await withSpan('publish heads', { parent, links }, () => this.attempt(() => this.publishAll()));
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    const { health, logger } = this.tools;
    try {
      await work();
    } catch (error) {
      health.degraded(`heads cannot be published: ${String(error)}`);
      logger.warn({ err: error }, 'heads cannot be published now');
    }
  }

  /** Every log with seals that no head covers. */
  async publishAll(): Promise<void> {
    const { reads, health, metrics, logger, now } = this.tools;
    const logs = await listSealLogs(reads, { unpublished: true });
    let refused = 0;
    this.unpublished = 0;
    for (const log of logs) {
      const outcome = await this.publish(log);
      metrics.heads.inc({ outcome });
      if (outcome !== 'published') this.unpublished += log.size - log.publishedSize;
      if (outcome !== 'refused') continue;
      refused += 1;
      logger.error(
        { log: log.number, size: log.size },
        'the stored log does not follow from its last head: not signed',
      );
    }
    metrics.unpublished.set(this.unpublished);
    metrics.unpublishedSinceMs = this.unpublished === 0 ? undefined : (metrics.unpublishedSinceMs ?? now());
    if (refused > 0) health.failed(`${refused} logs do not follow from their last heads: run the audit`);
    else health.ok();
  }

  private async publish(log: SealLog): Promise<'published' | 'overtaken' | 'refused'> {
    const root = CompactRange.frontier(sha256, log.size, log.frontier).root();
    const last = await readHead(this.tools.reads, log.number);
    if (!(await this.follows(log, root, last))) return 'refused';
    const text = formatCheckpoint({ origin: log.origin, size: log.size, root, extensions: [] });
    const isPublished = await this.sign(log, { text, size: log.size, others: [] });
    return isPublished ? 'published' : 'overtaken';
  }

  /** Whether the stored hashes prove that the log still begins with what the last head covers. */
  private async follows(log: SealLog, root: Uint8Array, last: LogHead | undefined): Promise<boolean> {
    if (last === undefined) return log.publishedSize === 0;
    const { origin, size, root: fromRoot } = parseCheckpoint(parseNote(last.note).text);
    if (origin !== log.origin || size !== log.publishedSize || size > log.size) return false;
    const plan = planConsistency(size, log.size);
    try {
      const hashes = await fetchProof(sha256, plan, (span) =>
        readLogHashes(this.tools.reads, log.number, span),
      );
      const claim = { fromSize: size, fromRoot, toSize: log.size, toRoot: root, hashes };
      return verifyConsistency(sha256, claim).ok;
    } catch (error) {
      // A hash that is not there any more proves nothing.
      if ((error as { code?: unknown }).code === 'missing-node') return false;
      throw error;
    }
  }

  /** The last heads are signed once more when the key is another than theirs, so that a new key need not wait for news. */
  private async signWithNewKey(): Promise<void> {
    const { reads, signingSecret } = this.tools;
    for (const log of await listSealLogs(reads)) {
      const head = await readHead(reads, log.number);
      if (head === undefined) continue;
      const note = parseNote(head.note);
      const { key } = logSigner(signingSecret, log.origin);
      if (note.signatures.some(({ name, id }) => name === key.name && id === key.id)) continue;
      await this.sign(log, { text: note.text, size: head.size, others: note.signatures });
    }
  }

  private async sign(
    log: SealLog,
    head: { readonly text: string; readonly size: number; readonly others: Note['signatures'] },
  ): Promise<boolean> {
    const { writers, signingSecret, now } = this.tools;
    const signer = logSigner(signingSecret, log.origin);
    const publishedAtMs = now();
    // Known before anybody sees what it has signed.
    if (!this.knownKeys.has(log.number)) {
      const { publicKey } = signer.key;
      await addLogKey(writers, { logNo: log.number, publicKey, validFromMs: publishedAtMs });
      this.knownKeys.add(log.number);
    }
    const { text, signatures } = parseNote(await signNote(head.text, [signer]));
    return await publishHead(writers, {
      logNo: log.number,
      afterSize: log.publishedSize,
      size: head.size,
      publishedAtMs,
      note: formatNote({ text, signatures: [...head.others, ...signatures] }),
      // Signed by one key more it is the same head.
      pauseMs: head.size === log.publishedSize ? 0 : PUBLISH_EVERY_MS,
    });
  }
}
