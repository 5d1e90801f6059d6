import type pg from 'pg';
import { bytesArray, plainArray } from './array-literal.js';
import { COPY_NULL, copyBytes, copyRows, copyText } from './copy-text.js';
import { LedgerError } from './errors.js';
import type {
  ClosingRow,
  CustomerRow,
  EntryRow,
  NewCustomerRow,
  NodeRow,
  PeriodRow,
  RejectionRow,
  Turn,
} from './turn.js';
import { withTransaction } from './with-transaction.js';

/**
 * Writes a turn: rows, balances, trees and watermark in one transaction, or nothing of it.
 *
 * The watermark moves first, and only from where the turn began. Whoever finds it elsewhere is not the lane's writer
 * any more (a second projector, a replay, a process that was suspended) and must stand down; the row lock holds the
 * other one back until this transaction ends.
 *
 * @throws LedgerError FENCED | KEY_RECORDED
 */
export async function appendTurn(pool: pg.Pool, turn: Turn): Promise<void> {
  await withTransaction(pool, (client) => writeTurn(client, turn));
}

/**
 * The same in a transaction of the caller's, who has read in it what the turn was folded from. The watermark alone does
 * not say that what was read is still so: a server that crashes may come back without its last commits, hence at a
 * watermark at which it was before, and with rows that were another writer's gone. Its connections do not come back.
 *
 * @throws LedgerError FENCED | KEY_RECORDED
 */
export async function writeTurn(client: pg.PoolClient, turn: Turn): Promise<void> {
  await moveWatermark(client, turn);
  // First of the rows: a turn that it refuses has then written little.
  await registerKeys(client, turn);
  await copyRows(client, ENTRY_TARGET, inChunks(inCustomerOrder(turn.entries), entryLine));
  await copyRows(
    client,
    CUSTOMER_TARGET,
    inChunks(turn.newCustomers, (row) => customerLine(row, turn.lane)),
  );
  await updateCustomers(
    client,
    turn.changedCustomers.toSorted((a, b) => a.number - b.number),
  );
  await copyRows(client, PERIOD_TARGET, inChunks(turn.newPeriods, periodLine));
  await updatePeriods(client, inCustomerOrder(turn.changedPeriods));
  await copyRows(client, NODE_TARGET, inChunks(turn.nodes, nodeLine));
  await copyRows(
    client,
    REJECTION_TARGET,
    inChunks(turn.rejections, (row) => rejectionLine(row, turn.lane)),
  );
  await closePeriods(client, turn);
  await addUsage(client, turn);
}

/** Makes room for a period's rows; does nothing when there is. */
export async function ensurePeriod(pool: pg.Pool, period: number): Promise<void> {
  await pool.query('SELECT ensure_period($1)', [period]);
}

async function moveWatermark(client: pg.PoolClient, turn: Turn): Promise<void> {
  const { after } = turn;
  const { rowCount } = await client.query({
    name: 'move-watermark',
    text: `UPDATE lane SET sequence = $3, envelopes = $4, entries = $5, duplicates = $6, rejections = $7,
                  dead_letters = $8, customers = $9, recorded_at_ms = $10, told_sequence = $12
            WHERE lane = $1 AND sequence = $2 AND epoch = $11`,
    values: [
      turn.lane,
      turn.fromSequence,
      after.sequence,
      after.envelopes,
      after.entries,
      after.duplicates,
      after.rejections,
      after.deadLetters,
      after.customers,
      after.recordedAtMs,
      after.epoch,
      after.toldSequence,
    ],
  });
  if (rowCount !== 1) {
    throw new LedgerError(
      'FENCED',
      `lane ${turn.lane} is no longer at ${turn.fromSequence}: another writer has it`,
    );
  }
}

/**
 * A turn brings its rows as they came in; each table gets them in the order of its index, whose pages are then gone
 * through once instead of at random, and a customer's entries are read back from few pages (ADR 3).
 */
function inCustomerOrder<T extends { readonly customerNo: number }>(rows: readonly T[]): readonly T[] {
  return rows.toSorted((a, b) => a.customerNo - b.customerNo);
}

/**
 * By the first four digits of the key, near enough for a turn's few thousand rows: as numbers with the row's place in
 * their lower half, which are sorted natively, at a tenth of what comparing the rows would cost.
 */
function inKeyOrder(entries: readonly EntryRow[]): readonly EntryRow[] {
  const order = new Float64Array(entries.length);
  for (const [place, { recordKey }] of entries.entries()) {
    order[place] = Number.parseInt(recordKey.slice(0, 4), 16) * PLACES + place;
  }
  order.sort();
  const ordered: EntryRow[] = [];
  for (const number of order) {
    const row = entries[number % PLACES];
    if (row !== undefined) ordered.push(row);
  }
  return ordered;
}

const PLACES = 2 ** 32;

/** Lines are joined into pieces of about this many characters: one write each, none of them large. */
const CHUNK_LENGTH = 256 * 1024;

function inChunks<T>(rows: readonly T[], toLine: (row: T) => string): string[] {
  const chunks: string[] = [];
  let lines: string[] = [];
  let length = 0;
  for (const row of rows) {
    const line = toLine(row);
    lines.push(line);
    length += line.length;
    if (length >= CHUNK_LENGTH) {
      chunks.push(lines.join(''));
      lines = [];
      length = 0;
    }
  }
  if (lines.length > 0) chunks.push(lines.join(''));
  return chunks;
}

const ENTRY_TARGET = `entry (idx, leaf, log_sequence, recorded_at_ms, occurred_at_ms, customer_no, period, record_key,
  trace_id, adjusts_key, amount, balance, late, reason, reference_id, metadata, salt)`;

/** Joined, not added up: adding piece to piece makes a tree of them to be gone through once more, at twice the cost. */
function entryLine(row: EntryRow): string {
  return [
    row.index,
    row.leaf,
    row.logSequence,
    row.recordedAtMs,
    row.occurredAtMs ?? COPY_NULL,
    row.customerNo,
    row.period,
    row.recordKey,
    row.traceId,
    row.adjustsKey ?? COPY_NULL,
    row.amount,
    row.balance,
    row.late ? 't' : 'f',
    copyText(row.reason),
    optional(row.referenceId),
    optional(row.metadata),
    `${row.salt ?? COPY_NULL}\n`,
  ].join('\t');
}

function optional(text: string | undefined): string {
  return text === undefined ? COPY_NULL : copyText(text);
}

const RECORD_TARGET = 'record (record_key, idx, customer_no, period)';

/** The register's index is the last word on whether a key is new. */
async function registerKeys(client: pg.PoolClient, { lane, entries }: Turn): Promise<void> {
  try {
    await copyRows(client, RECORD_TARGET, inChunks(inKeyOrder(entries), recordLine));
  } catch (cause) {
    if (!isKnownKey(cause)) throw cause;
    throw new LedgerError('KEY_RECORDED', `a key of lane ${lane}'s turn is recorded already`, { cause });
  }
}

const UNIQUE_VIOLATION = '23505';

function isKnownKey(error: unknown): boolean {
  const { code, table } = error as { readonly code?: unknown; readonly table?: unknown };
  return code === UNIQUE_VIOLATION && table === 'record';
}

function recordLine(row: EntryRow): string {
  return `${row.recordKey}\t${row.index}\t${row.customerNo}\t${row.period}\n`;
}

const CUSTOMER_TARGET = `customer (number, lane, environment_id, customer_id, count, balance, first_recorded_at_ms,
  last_recorded_at_ms, last_record_key, last_sequence)`;

function customerLine(row: NewCustomerRow, lane: number): string {
  return (
    `${row.number}\t${lane}\t${copyText(row.environmentId)}\t${row.customerId}\t${row.count}\t${row.balance}\t` +
    `${row.firstRecordedAtMs}\t${row.lastRecordedAtMs}\t${row.lastRecordKey}\t${row.lastSequence}\n`
  );
}

async function updateCustomers(client: pg.PoolClient, rows: readonly CustomerRow[]): Promise<void> {
  if (rows.length === 0) return;
  const { rowCount } = await client.query({
    name: 'update-customers',
    text: `UPDATE customer c
              SET count = v.count, balance = v.balance, last_recorded_at_ms = v.last_recorded_at_ms,
                  last_record_key = v.last_record_key, last_sequence = v.last_sequence
             FROM unnest($1::int4[], $2::int8[], $3::numeric[], $4::int8[], $5::uuid[], $6::int8[])
               AS v (number, count, balance, last_recorded_at_ms, last_record_key, last_sequence)
            WHERE c.number = v.number`,
    values: [
      plainArray(rows.map((row) => row.number)),
      plainArray(rows.map((row) => row.count)),
      plainArray(rows.map((row) => row.balance)),
      plainArray(rows.map((row) => row.lastRecordedAtMs)),
      plainArray(rows.map((row) => row.lastRecordKey)),
      plainArray(rows.map((row) => row.lastSequence)),
    ],
  });
  assertChanged('customer', rowCount, rows.length);
}

const PERIOD_TARGET = `customer_period (customer_no, period, count, net, first_index, last_index, first_at_ms,
  last_at_ms, frontier)`;

function periodLine(row: PeriodRow): string {
  return (
    `${row.customerNo}\t${row.period}\t${row.count}\t${row.net}\t${row.firstIndex}\t${row.lastIndex}\t` +
    `${row.firstAtMs}\t${row.lastAtMs}\t${copyBytes(row.frontier)}\n`
  );
}

async function updatePeriods(client: pg.PoolClient, rows: readonly PeriodRow[]): Promise<void> {
  if (rows.length === 0) return;
  const { rowCount } = await client.query({
    name: 'update-periods',
    text: `UPDATE customer_period p
              SET count = v.count, net = v.net, last_index = v.last_index, first_at_ms = v.first_at_ms,
                  last_at_ms = v.last_at_ms, frontier = v.frontier
             FROM unnest($1::int4[], $2::int4[], $3::int8[], $4::numeric[], $5::int8[], $6::int8[], $7::int8[],
                         $8::bytea[])
               AS v (customer_no, period, count, net, last_index, first_at_ms, last_at_ms, frontier)
            WHERE p.customer_no = v.customer_no AND p.period = v.period`,
    values: [
      plainArray(rows.map((row) => row.customerNo)),
      plainArray(rows.map((row) => row.period)),
      plainArray(rows.map((row) => row.count)),
      plainArray(rows.map((row) => row.net)),
      plainArray(rows.map((row) => row.lastIndex)),
      plainArray(rows.map((row) => row.firstAtMs)),
      plainArray(rows.map((row) => row.lastAtMs)),
      bytesArray(rows.map((row) => row.frontier)),
    ],
  });
  assertChanged('customer_period', rowCount, rows.length);
}

/** Entries without the row that sums them up must not be committed, whoever is to blame. */
function assertChanged(table: string, changed: number | null, expected: number): void {
  if (changed === expected) return;
  throw new Error(`${expected} rows of ${table} were to be changed, and ${changed} are there`);
}

const NODE_TARGET = 'tree_node (customer_no, period, level, node_index, hash)';

function nodeLine(row: NodeRow): string {
  return `${row.customerNo}\t${row.period}\t${row.level}\t${row.index}\t${copyBytes(row.hash)}\n`;
}

const REJECTION_TARGET = `rejection (lane, sequence, ordinal, recorded_at_ms, record_key, trace_id, fingerprint, amount,
  environment_id, customer_id, code)`;

function rejectionLine(row: RejectionRow, lane: number): string {
  return (
    `${lane}\t${row.sequence}\t${row.ordinal}\t${row.recordedAtMs}\t${row.recordKey}\t${row.traceId}\t` +
    `${copyBytes(row.fingerprint)}\t${row.amount}\t${copyText(row.environmentId)}\t${row.customerId}\t${row.code}\n`
  );
}

const CLOSING_TARGET = 'closing (lane, log_sequence, environment_id, customer_no, period)';

/** After the customers: one may be closed in the turn that made it. */
async function closePeriods(client: pg.PoolClient, { lane, closings }: Turn): Promise<void> {
  if (closings.length === 0) return;
  await copyRows(
    client,
    CLOSING_TARGET,
    inChunks(closings, (row) => closingLine(row, lane)),
  );
  const ofOne = closings.filter((row) => row.customerNo !== undefined);
  if (ofOne.length === 0) return;
  await client.query(
    `UPDATE customer c SET closed_through = v.period
       FROM (SELECT number, max(period) AS period FROM unnest($1::int4[], $2::int4[]) AS u (number, period)
              GROUP BY number) v
      WHERE c.number = v.number`,
    [plainArray(ofOne.map((row) => row.customerNo ?? 0)), plainArray(ofOne.map((row) => row.period))],
  );
}

function closingLine(row: ClosingRow, lane: number): string {
  return (
    `${lane}\t${row.logSequence}\t${copyText(row.environmentId)}\t${row.customerNo ?? COPY_NULL}\t` +
    `${row.period}\n`
  );
}

async function addUsage(client: pg.PoolClient, { lane, usage }: Turn): Promise<void> {
  if (usage.length === 0) return;
  await client.query({
    name: 'add-usage',
    text: `INSERT INTO usage AS u (lane, environment_id, month, count)
           SELECT $1, v.environment_id, v.month, sum(v.count)
             FROM unnest($2::text[], $3::int4[], $4::int8[]) AS v (environment_id, month, count)
            GROUP BY 2, 3
           ON CONFLICT (environment_id, month, lane) DO UPDATE SET count = u.count + EXCLUDED.count`,
    values: [
      lane,
      usage.map((row) => row.environmentId),
      plainArray(usage.map((row) => row.month)),
      plainArray(usage.map((row) => row.count)),
    ],
  });
}
