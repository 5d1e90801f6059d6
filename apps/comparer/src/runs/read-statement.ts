import { promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';
import {
  type Attempt,
  beginStatement,
  noteStatementProgress,
  type ReadStatement,
  readChunks,
  type RecordRow,
  refuseStatement,
  type StoredStatement,
  writeStatementRows,
} from '@pacspace/ledger';
import {
  readStatement,
  type StatementBatch,
  type StatementFormats,
  type StatementMapping,
  type StatementProblem,
  type StatementRow,
  TabularError,
} from '@pacspace/tabular';
import { Heartbeat } from './heartbeat.js';
import { MOST_ATTEMPTS, type RunTools } from './run-tools.js';

/** Problems that are kept; all are counted. */
const PROBLEMS_KEPT = 20;

const decompress = promisify(zstdDecompress);

/** Why a statement is refused: nothing that whoever sent it could not put right. */
class Refused extends Error {
  constructor(
    message: string,
    readonly count = 1,
    readonly problems: readonly StatementProblem[] = [],
  ) {
    super(message);
  }
}

type ReadTools = Pick<RunTools, 'now' | 'runs' | 'stopping' | 'writers' | 'mostRecords'>;

/** Reads a statement into records, or says why it cannot be; whole, or not at all. */
export async function runStatement(tools: ReadTools, number: number): Promise<'done'> {
  const { now, writers } = tools;
  const statement = await beginStatement(writers, number, now());
  if (statement === undefined) return 'done';
  try {
    if (statement.attempt > MOST_ATTEMPTS) {
      throw new Refused(`reading it was begun ${MOST_ATTEMPTS} times and never came to an end`);
    }
    await read(tools, statement);
  } catch (error) {
    if (!(error instanceof Refused) && !(error instanceof TabularError)) throw error;
    const problems =
      error instanceof Refused
        ? { message: error.message, count: error.count, problems: error.problems }
        : { message: error.message, count: 1, problems: [] };
    await refuseStatement(writers, statement, { problems, nowMs: now() });
  }
  return 'done';
}

async function read(tools: ReadTools, statement: StoredStatement & Attempt): Promise<void> {
  const { now, runs, stopping, writers, mostRecords } = tools;
  const mapping = JSON.parse(statement.reading) as StoredMapping;
  const reading = new Reading(mapping, mostRecords);
  const heartbeat = new Heartbeat(
    () => noteStatementProgress(writers, statement, { ...reading.soFar(), nowMs: now() }),
    stopping,
  );
  try {
    await writeStatementRows(runs, statement, async (write) => {
      const open = () => reading.count(readBytes(tools, statement.number));
      const { amountColumns = [mapping.amountColumn] } = mapping;
      // Once for each of them: as a rule it is one.
      for (const [place, amountColumn] of amountColumns.entries()) {
        for await (const batch of readStatement(open, { ...mapping, amountColumn })) {
          heartbeat.signal.throwIfAborted();
          await write(reading.take(batch, { place, of: amountColumns.length, amountColumn }));
        }
      }
      return reading.end(now());
    });
  } finally {
    await heartbeat.stop();
  }
}

interface StoredMapping extends StatementMapping {
  readonly amountColumns?: readonly string[];
}

async function* readBytes({ runs }: Pick<RunTools, 'runs'>, statementNo: number): AsyncGenerator<Buffer> {
  for await (const chunk of readChunks(runs, statementNo)) yield await decompress(chunk);
}

/** One of the columns that give a record of each row. */
interface AmountColumn {
  readonly place: number;
  readonly of: number;
  readonly amountColumn: string;
}

/** What has come of a statement so far. */
class Reading {
  private bytesRead = 0;
  private records = 0;
  private zeros = 0;
  private total = 0n;
  private formats: StatementFormats = {};
  private problemCount = 0;
  private readonly problems: StatementProblem[] = [];

  constructor(
    private readonly mapping: StoredMapping,
    private readonly mostRecords: number,
  ) {}

  soFar() {
    const { bytesRead, records, zeros } = this;
    return { bytesRead, records, zeros };
  }

  /** Counts bytes anew at each beginning: the file may be gone through twice. */
  async *count(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    this.bytesRead = 0;
    for await (const chunk of bytes) {
      this.bytesRead += chunk.length;
      yield chunk;
    }
  }

  take({ rows, problems, formats }: StatementBatch, column: AmountColumn): RecordRow[] {
    this.formats = formats;
    this.problemCount += problems.length;
    for (const problem of problems) {
      if (this.problems.length < PROBLEMS_KEPT) this.problems.push(problem);
    }
    // As the import leaves them out: a delta of zero there is none.
    const records = rows.filter(({ amount }) => amount !== 0n);
    this.zeros += rows.length - records.length;
    this.records += records.length;
    if (this.records > this.mostRecords) {
      const most = this.mostRecords.toLocaleString('en');
      throw new Refused(`it has more than ${most} records: split it by period`);
    }
    return records.map((row) => this.toRecord(row, column));
  }

  /** @throws Refused: a sum over what could be read is no party's total. */
  end(nowMs: number): ReadStatement {
    const { bytesRead, records, zeros, total, problems, problemCount } = this;
    if (problemCount > 0) {
      const message = `${problemCount.toLocaleString('en')} of its rows cannot be read: put them right and send it again`;
      throw new Refused(message, problemCount, problems);
    }
    if (records + zeros === 0) throw new Refused('it has no rows: only a header, or nothing at all');
    return {
      bytesRead,
      records,
      zeros,
      total,
      reading: JSON.stringify({ ...this.mapping, ...this.formats }),
      nowMs,
    };
  }

  private toRecord(row: StatementRow, { place, of, amountColumn }: AmountColumn): RecordRow {
    this.total += row.amount;
    const { dimensions } = row;
    return {
      row: row.row * of + place,
      line: row.line,
      atMs: row.timeMs,
      amount: row.amount,
      reference: row.reference,
      // As the import names them.
      reason: row.reason ?? (of > 1 ? amountColumn : undefined),
      dimensions:
        dimensions.length === 0 ? undefined : JSON.stringify(dimensions.map((value) => value ?? null)),
    };
  }
}
