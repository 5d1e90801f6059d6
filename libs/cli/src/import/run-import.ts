import { formatAmount } from '@pacspace/domain';
import type { ReadItem, RowReader } from '@pacspace/tabular';
import type { Connection } from '../connection.js';
import { CliError, toCliError } from '../errors.js';
import { BoundedTasks } from './bounded-tasks.js';
import { type FinalAnswer, deliverBatch } from './deliver-batch.js';
import { keyByColumns, keyByContent } from './key-rows.js';
import { type MappedDelta, createRowMapper } from './map-rows.js';
import { Patience } from './patience.js';
import { type ImportPlan, planColumns } from './plan.js';
import { postDeltas } from './post-deltas.js';
import type { ImportReport } from './report.js';
import type { RejectsFile } from './rejects-file.js';

export interface ImportJob {
  readonly plan: ImportPlan;
  readonly reader: RowReader;
  readonly chunks: AsyncIterable<Buffer>;
  readonly rejects: RejectsFile;
  /** Absent: a dry run. */
  readonly connection?: Connection;
  /** Rows to read at most. */
  readonly limit: number;
  readonly batchSize: number;
  readonly concurrency: number;
  /** Absent: as the help says. */
  readonly retryForMs: number | undefined;
  readonly interrupted: AbortSignal;
  readonly onRetry: (reason: string, pauseMs: number) => void;
}

/** A request body of this many characters is sent, however few deltas it holds. */
const MOST_BATCH_CHARACTERS = 4 * 1024 * 1024;
/** After Ctrl-C: what is in flight may still be answered, so that the summary counts it. */
const LAST_ANSWERS_MS = 10_000;
const FIRST_PATIENCE_MS = 15_000;
const LATER_PATIENCE_MS = 300_000;

/**
 * Reads, maps and sends a file from its first row to its last, filling the report as it goes. Memory holds a chunk
 * of the file and `concurrency` + 1 batches; reading waits for sending.
 *
 * @throws CliError INPUT when the file proves unreadable before its first row; every later end is in the report.
 */
export async function runImport(job: ImportJob, report: ImportReport): Promise<void> {
  const { connection } = job;
  const sender = connection === undefined ? undefined : new Sender(job, connection, report);
  const keys = job.plan.keyColumns.length === 0 ? keyByContent() : keyByColumns();
  const map = createRowMapper(job.plan, keys);
  try {
    for await (const items of job.reader(job.chunks, planColumns(job.plan))) {
      const nowMs = Date.now();
      for (const item of items) {
        if (report.rows >= job.limit) break;
        const deltas = take(item, nowMs);
        if (sender === undefined) report.addDry(deltas);
        else for (const delta of deltas) await sender.add(delta);
      }
      if (report.rows >= job.limit) break;
      job.interrupted.throwIfAborted();
    }
    await sender?.finish();
    report.end = job.interrupted.aborted ? 'interrupted' : 'complete';
  } catch (thrown) {
    const error = toCliError(thrown);
    await sender?.abandon(job.interrupted.aborted);
    if (job.interrupted.aborted) report.end = 'interrupted';
    else if (error instanceof CliError && report.rows > 0) report.end = error;
    else throw error;
  } finally {
    report.isOrderBound = keys.isOrderBound();
    sender?.close();
  }

  function take(item: ReadItem, nowMs: number): readonly MappedDelta[] {
    if ('problem' in item) {
      report.addRow();
      report.addRejectedRow(
        [{ line: item.line, column: '', value: item.text ?? '', reason: item.problem }],
        job.rejects,
      );
      return [];
    }
    const mapped = map(item, nowMs);
    report.addRow(mapped);
    if (mapped.rejects.length > 0) report.addRejectedRow(mapped.rejects, job.rejects);
    return mapped.deltas;
  }
}

/** Groups deltas into batches and keeps a bounded number of them in flight. */
class Sender {
  private readonly tasks: BoundedTasks;
  private readonly patience: Patience;
  private readonly stop = new AbortController();
  private readonly lastTry: AbortSignal;
  private batch: MappedDelta[] = [];
  private characters = 0;
  private deadline: NodeJS.Timeout | undefined;

  constructor(
    private readonly job: ImportJob,
    private readonly connection: Connection,
    private readonly report: ImportReport,
  ) {
    this.tasks = new BoundedTasks(job.concurrency);
    const { retryForMs } = job;
    this.patience = new Patience({
      firstMs: retryForMs ?? FIRST_PATIENCE_MS,
      laterMs: retryForMs ?? LATER_PATIENCE_MS,
    });
    this.lastTry = AbortSignal.any([this.stop.signal, job.interrupted]);
    job.interrupted.addEventListener('abort', this.limitLastAnswers);
  }

  async add(delta: MappedDelta): Promise<void> {
    this.batch.push(delta);
    this.characters += delta.json.length;
    if (this.batch.length >= this.job.batchSize || this.characters >= MOST_BATCH_CHARACTERS)
      await this.send();
  }

  async finish(): Promise<void> {
    if (this.batch.length > 0) await this.send();
    await this.tasks.drain();
  }

  /** Lets what is in flight be answered (after Ctrl-C), or ends it; throws nothing, there is an error already. */
  async abandon(waitForAnswers: boolean): Promise<void> {
    if (!waitForAnswers) this.stop.abort();
    await this.tasks.settle();
  }

  close(): void {
    clearTimeout(this.deadline);
    this.job.interrupted.removeEventListener('abort', this.limitLastAnswers);
  }

  private readonly limitLastAnswers = (): void => {
    this.deadline = setTimeout(() => this.stop.abort(), LAST_ANSWERS_MS);
  };

  private async send(): Promise<void> {
    this.job.interrupted.throwIfAborted();
    const batch = this.batch;
    this.batch = [];
    this.characters = 0;
    await this.tasks.add(() => this.deliver(batch));
  }

  private async deliver(batch: readonly MappedDelta[]): Promise<void> {
    // It may have waited for its turn until after the end.
    if (this.lastTry.aborted) return;
    const tools = {
      baseUrl: this.connection.baseUrl,
      post: (lines: readonly string[], signal: AbortSignal) => postDeltas(this.connection, lines, signal),
      patience: this.patience,
      signal: this.stop.signal,
      lastTry: this.lastTry,
      onRetry: this.job.onRetry,
    };
    await deliverBatch(batch, tools, (delta, answer) => this.settle(delta, answer));
  }

  private settle(delta: MappedDelta, answer: FinalAnswer): void {
    if (answer.kind !== 'rejected') {
      this.report.addSettled(delta, answer.kind === 'recorded' ? 'fresh' : 'known');
      return;
    }
    const { line, column, amount } = delta;
    this.report.addRejectedDelta(
      { line, column, value: formatAmount(amount), reason: answer.reason },
      this.job.rejects,
    );
  }
}
