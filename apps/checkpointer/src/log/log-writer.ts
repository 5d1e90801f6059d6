import {
  appendSeals,
  findLatestSeals,
  findRequests,
  findSealLog,
  formatScope,
  isPassing,
  type KeyedRequest,
  LedgerError,
  LogLease,
  markSealedThrough,
  recordRun,
  type RequestAnswer,
  type RunToRecord,
} from '@pacspace/ledger';
import { sha256, toHex } from '@pacspace/node-crypto';
import { CompactRange } from '@pacspace/proof';
import { databaseSpan, type SpanContext, tracedContext, withSpan } from '@pacspace/service';
import type { Period } from '@pacspace/domain';
import type pg from 'pg';
import type { SealDraft } from '../seals/seal-draft.js';
import { type LogEnd, type Sealed, SealComposer } from './compose-seals.js';

/** What became of drafts that were to be sealed together. */
export type Appended =
  | { readonly kind: 'sealed'; readonly seals: readonly Sealed[] }
  /** The idempotency key was used before, for the same: this was the answer. */
  | { readonly kind: 'replayed'; readonly answer: RequestAnswer }
  /** It was used for something else. */
  | { readonly kind: 'conflict' };

export interface LogWriterParts {
  readonly writers: pg.Pool;
  readonly logNo: number;
  /** Wall clock, ms. */
  readonly now: () => number;
  /** Called after each transaction that made the log longer. */
  readonly onGrown: () => void;
  /** Called when nothing is waiting any more. */
  readonly onIdle: () => void;
}

interface AppendTask {
  readonly kind: 'append';
  readonly drafts: readonly SealDraft[];
  readonly request: KeyedRequest | undefined;
  /** Of whoever asked, when somebody records it. */
  readonly trace: SpanContext | undefined;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: unknown) => void;
}

/** Work on the log that adds no seal. */
interface NoteTask {
  readonly kind: 'note';
  readonly work: (lease: LogLease, size: number) => Promise<void>;
  readonly reject: (error: unknown) => void;
}

interface Held {
  readonly lease: LogLease;
  /** As of the last transaction. */
  end: LogEnd;
  readonly since: number;
}

/** Seals in one transaction: some 5 MB. */
const TURN_SEALS = 8_192;
/** Drafts that may wait: beyond that, whoever asks is to come again. */
const MOST_WAITING = 65_536;
const TRIES = 3;
/** Links kept on a span; an exporter would cut them at 128 anyway. */
const MAX_LINKS = 128;
const APPEND = 'COPY seal UPDATE seal_log';
/** However much is waiting: another process may have something for this log, too. */
const HOLD_MS = 1_000;

/**
 * The one way into a log. Drafts that come while a transaction is under way ride together in the next one, so that a
 * thousand requests wait for a handful of disk writes. While anything is to be written this process holds the log's
 * lease, and knows its end; whatever fails drops both. After a failure nobody knows whether the transaction was
 * written: it is tried again from what the log then holds, where a draft that was sealed is found sealed.
 */
export class LogWriter {
  private readonly waiting: (AppendTask | NoteTask)[] = [];
  private waitingDrafts = 0;
  private running: Promise<void> | undefined;
  private held: Held | undefined;

  constructor(private readonly parts: LogWriterParts) {}

  /**
   * Seals the drafts, in this order, with nobody else's in between.
   *
   * @throws LedgerError UNAVAILABLE when too much is waiting; ContradictsSeal; what the data base throws.
   */
  append(drafts: readonly SealDraft[], request?: KeyedRequest): Promise<Appended> {
    if (this.waitingDrafts + drafts.length > MOST_WAITING) {
      return Promise.reject(new LedgerError('UNAVAILABLE', 'too many seals are waiting for this log'));
    }
    this.waitingDrafts += drafts.length;
    return new Promise((resolve, reject) => {
      this.enqueue({ kind: 'append', drafts, request, trace: tracedContext(), resolve, reject });
    });
  }

  /** Notes that seals belong together. @returns the run's number. */
  recordRun(run: RunToRecord): Promise<number> {
    return this.note((lease, size) => recordRun(lease, size, run));
  }

  markSealedThrough(period: Period): Promise<void> {
    return this.note((lease, size) => markSealedThrough(lease, size, period));
  }

  /** Resolves when all that was taken is written or refused. */
  async whenIdle(): Promise<void> {
    while (this.running !== undefined) await this.running;
  }

  private note<T>(work: (lease: LogLease, size: number) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.enqueue({ kind: 'note', work: async (lease, size) => resolve(await work(lease, size)), reject });
    });
  }

  private enqueue(task: AppendTask | NoteTask): void {
    this.waiting.push(task);
    this.running ??= this.writeAll();
  }

  private async writeAll(): Promise<void> {
    // Whoever asks in this turn of the loop rides along already.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      await this.retrying(this.takeTurn());
      const isLong = this.held !== undefined && performance.now() - this.held.since > HOLD_MS;
      if (isLong || this.waiting.length === 0) await this.release();
    }
    // Nothing is waited for from the question to here, so nobody can have come in between.
    this.running = undefined;
    this.parts.onIdle();
  }

  private async release(): Promise<void> {
    const { held } = this;
    this.held = undefined;
    await held?.lease.release();
  }

  /** Appends up to the size of a transaction, or one note; never out of order. */
  private takeTurn(): (AppendTask | NoteTask)[] {
    let count = 0;
    let drafts = 0;
    for (const task of this.waiting) {
      const more = task.kind === 'append' ? task.drafts.length : TURN_SEALS;
      if (count > 0 && drafts + more > TURN_SEALS) break;
      count += 1;
      drafts += more;
    }
    const taken = this.waiting.splice(0, count);
    for (const task of taken) if (task.kind === 'append') this.waitingDrafts -= task.drafts.length;
    return taken;
  }

  private async retrying(tasks: readonly (AppendTask | NoteTask)[]): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.writeTurn(tasks);
      } catch (error) {
        this.held?.lease.abandon(error as Error);
        this.held = undefined;
        const isFenced = error instanceof LedgerError && error.code === 'FENCED';
        if (attempt < TRIES && (isFenced || isPassing(error))) continue;
        for (const task of tasks) task.reject(error);
        return;
      }
    }
  }

  private async writeTurn(tasks: readonly (AppendTask | NoteTask)[]): Promise<void> {
    const held = (this.held ??= await this.take());
    const [first] = tasks;
    if (first?.kind === 'note') return await first.work(held.lease, held.end.range.size);
    const appends = tasks.filter((task) => task.kind === 'append');
    // Of the first who asked for it, and linked to all: the way of a delta (gateway, publish-group).
    const traces = appends.flatMap(({ trace }) => trace ?? []).slice(0, MAX_LINKS);
    const [parent] = traces;
    const options = {
      ...databaseSpan(APPEND),
      ...(parent === undefined ? { root: true } : { parent }),
      links: traces,
    };
    await withSpan(APPEND, options, () => this.appendTurn(held, appends));
  }

  /** The lease, and the log's end as of then. */
  private async take(): Promise<Held> {
    const { writers, logNo } = this.parts;
    const lease = await LogLease.take(writers, logNo);
    try {
      const log = await findSealLog(lease.client, { number: logNo });
      if (log === undefined) throw new Error(`there is no log ${logNo}`);
      const range = CompactRange.frontier(sha256, log.size, log.frontier);
      const end = { origin: log.origin, range, sealedAtMs: log.sealedAtMs };
      return { lease, end, since: performance.now() };
    } catch (error) {
      lease.abandon(error as Error);
      throw error;
    }
  }

  private async appendTurn(held: Held, tasks: readonly AppendTask[]): Promise<void> {
    const { lease, end } = held;
    const { logNo, now, onGrown } = this.parts;
    const composer = new SealComposer(end, now());
    const names = tasks.flatMap(({ drafts }) =>
      drafts.map(({ customerNo, scope }) => ({ customerNo, scope: formatScope(scope) })),
    );
    for (const seal of (await findLatestSeals(lease.client, logNo, names)).values()) composer.know(seal);
    const keys = tasks.flatMap(({ request }) => request?.keyHash ?? []);
    const answered = await findRequests(lease.client, logNo, keys);

    const settle: (() => void)[] = [];
    const requests = [];
    for (const task of tasks) {
      const { request, drafts, resolve, reject } = task;
      const earlier = request && answered.get(request.keyHash);
      if (earlier !== undefined) {
        const { answer, bodyHash } = earlier;
        const isSame = bodyHash === request?.bodyHash;
        settle.push(() => resolve(isSame ? { kind: 'replayed', answer } : { kind: 'conflict' }));
        continue;
      }
      try {
        const seals = drafts.map((draft) => composer.add(draft));
        const [seal] = seals;
        if (request !== undefined && seal !== undefined) {
          const answer = { ...request, answer: { logIndex: seal.logIndex } };
          requests.push(answer);
          answered.set(request.keyHash, answer);
        }
        settle.push(() => resolve({ kind: 'sealed', seals }));
      } catch (error) {
        // One that contradicts what is sealed does not keep the others out.
        settle.push(() => reject(error));
      }
    }

    const { range, sealedAtMs, seals, nodes } = composer;
    if (seals.length > 0 || requests.length > 0) {
      const fromSize = end.range.size;
      const frontier = range.toBytes();
      await appendSeals(lease, {
        ...{ fromSize, size: range.size, frontier: toHex(frontier) },
        ...{ sealedAtMs, seals, nodes, requests },
      });
      held.end = {
        origin: end.origin,
        range: CompactRange.frontier(sha256, range.size, frontier),
        sealedAtMs,
      };
    }
    for (const one of settle) one();
    if (seals.length > 0) onGrown();
  }
}
