import { type Period, periodEndMs, periodStartMs } from '@pacspace/domain';
import {
  type CustomerFacts,
  type EntryScope,
  type EntrySelection,
  type LedgerPosition,
  selectEntries,
  type StoredStatement,
  streamLedgerSide,
  streamStatementSide,
  sumEntries,
} from '@pacspace/ledger';
import { resolveScope } from '@pacspace/reads';
import { type MatchOptions, parseRules, type RecordStream } from '@pacspace/reconcile';
import type { StatementMapping } from '@pacspace/tabular';
import {
  ApiError,
  readScope,
  type ReadScope,
  type ScopeAsOf,
  type StatementRunRequest,
} from '@pacspace/wire';
import type pg from 'pg';
import { z } from 'zod';
import { readWholeCustomer } from '../compare-tools.js';
import { describeLedger, type LedgerStanding } from '../describe-ledger.js';
import type { RunTools } from './run-tools.js';

/** Both sides of a comparison as streams, and what is known of them beforehand. */
export interface Sides extends Disposable {
  readonly here: RecordStream;
  readonly there: RecordStream;
  readonly options: MatchOptions;
  readonly scope: ScopeAsOf;
  readonly customer: CustomerFacts;
  /** As of which point of the log; of what can still be recorded in the scope. */
  readonly position: LedgerPosition;
  readonly ledger: LedgerStanding;
}

/** How far beside a window a record may have fallen: what a month is to a period. */
const NEIGHBOURHOOD_MS = 31 * 24 * 3_600_000;

const storedScope = z.object({ scope: readScope, asOfMs: z.int().optional() });

/** Read by the stream's consumer, and told to whoever asks how far it is. */
interface Progress {
  yours: number;
  theirs: number;
}

/** @throws ApiError CUSTOMER_NOT_FOUND; UNAVAILABLE when the ledger does not come so far in time. */
export async function openSides(
  tools: RunTools,
  of: {
    readonly request: StatementRunRequest;
    readonly statement: StoredStatement;
    readonly progress: Progress;
  },
): Promise<Sides> {
  const { request, statement, progress } = of;
  const { environmentId, customerId } = statement;
  const stored = storedScope.parse(JSON.parse(statement.scope));
  const scope = { scope: stored.scope, asOfMs: stored.asOfMs };
  // With all that was acknowledged before; what is recorded from here on has higher indexes, and is left out.
  const { customer, position } = await readWholeCustomer(tools, { environmentId, customerId });
  const selection = await resolveScope(tools.reads, customer, scope);
  const ledger = await describeLedger(tools.reads, customer, scope);
  const { dimensionColumns: dimensions } = JSON.parse(statement.reading) as StatementMapping;
  const rules = readRules(request.rules);
  const bounds = boundsOf(scope.scope);
  const there = { statementNo: statement.number, ...bounds };
  const { count, net } = await sumEntries(tools.reads, selection);
  // All rows, also those of another period: as they were counted when they were read.
  const theirs = { count: statement.records, sum: statement.total ?? 0n };
  const expected = { here: { count, sum: net }, there: theirs };
  const clients: pg.PoolClient[] = [];
  const connect = async (): Promise<pg.PoolClient> => {
    const client = await tools.runs.connect();
    clients.push(client);
    return client;
  };
  const here = {
    ...{ selection, dimensions },
    outside: neighboursOf(customer, scope.scope, selection),
    referredBy: rules.timingWindowMs === 0 ? statement.number : undefined,
  };
  return {
    here: counted(
      connect,
      (client) => streamLedgerSide(client, here),
      (records) => (progress.yours += records),
    ),
    there: counted(
      connect,
      (client) => streamStatementSide(client, there),
      (records) => (progress.theirs += records),
    ),
    options: { ...{ rules, dimensions, expected }, scope: bounds },
    ...{ scope, customer, position, ledger },
    // A stream that was not read to its end leaves its connection in the middle of an answer: it is not used again.
    [Symbol.dispose]: () => {
      for (const client of clients) client.release(true);
    },
  };
}

/** They were checked when the report was asked for. */
function readRules(input: unknown): MatchOptions['rules'] {
  const parsed = parseRules(input);
  if (parsed.ok) return parsed.rules;
  throw new ApiError(
    'VALIDATION_FAILED',
    parsed.problems.map(({ path, message }) => `${path} ${message}`).join('; '),
  );
}

async function* counted<T>(
  connect: () => Promise<pg.PoolClient>,
  stream: (client: pg.PoolClient) => AsyncIterable<readonly T[]>,
  add: (records: number) => void,
): AsyncGenerator<readonly T[]> {
  for await (const batch of stream(await connect())) {
    add(batch.length);
    yield batch;
  }
}

/** The scope by the time at which something happened; undefined where it has no end. */
function boundsOf(scope: ReadScope): {
  readonly startMs: number | undefined;
  readonly endMs: number | undefined;
} {
  switch (scope.kind) {
    case 'all':
    case 'checkpoint':
      return { startMs: undefined, endMs: undefined };
    case 'period':
      return { startMs: periodStartMs(scope.period), endMs: periodEndMs(scope.period) };
    case 'window':
      return { startMs: scope.fromMs, endMs: scope.toMs };
    case 'at':
      return { startMs: undefined, endMs: scope.atMs + 1 };
  }
}

/** Where a record that is missing in the scope may have been counted instead. */
function neighboursOf(
  customer: CustomerFacts,
  scope: ReadScope,
  { toIndex }: EntrySelection,
): EntrySelection[] {
  const select = (part: EntryScope): EntrySelection => selectEntries(customer, { ...part, toIndex });
  switch (scope.kind) {
    case 'all':
    case 'checkpoint':
      return [];
    case 'period': {
      const period: Period = scope.period;
      return [select({ period: period - 1 }), select({ period: period + 1 })];
    }
    case 'window':
      return [
        select({ fromMs: scope.fromMs - NEIGHBOURHOOD_MS, toMs: scope.fromMs }),
        select({ fromMs: scope.toMs, toMs: scope.toMs + NEIGHBOURHOOD_MS }),
      ];
    case 'at':
      return [select({ fromMs: scope.atMs + 1, toMs: scope.atMs + 1 + NEIGHBOURHOOD_MS })];
  }
}
