import { randomUUID } from 'node:crypto';
import { formatPeriod, laneOf, type Period } from '@pacspace/domain';
import { readClosedLanes, readClosedThrough } from '@pacspace/ledger';
import { type DeltaLog, publishEnvelope } from '@pacspace/log';
import { DELTAS_STREAM, encodeCloseEnvelope } from '@pacspace/wire';
import type pg from 'pg';
import { formatTraceparent, SpanKind, withSpan } from '@pacspace/service';
import type { LedgerProgress } from '../ledger-progress.js';
import { notNow } from '../refused.js';

export interface ClosingTools {
  readonly log: DeltaLog;
  readonly reads: pg.Pool;
  readonly progress: LedgerProgress;
}

const PUBLISH_TIMEOUT_MS = 5_000;
const PROJECT_TIMEOUT_MS = 8_000;

/**
 * Closes a period, and all before it, for one customer: says so in the customer's lane, and waits until the ledger has
 * read that far. From then on the period's tree does not change. Does nothing when it is closed.
 *
 * @throws Refused UNAVAILABLE when the ledger does not come to it in time; LogError UNAVAILABLE
 */
export async function closeForCustomer(
  tools: ClosingTools,
  of: {
    readonly environmentId: string;
    readonly customerId: string;
    readonly customerNo: number;
    readonly period: Period;
  },
): Promise<void> {
  const { environmentId, customerId, period } = of;
  const isClosed = async (): Promise<boolean> => ((await readClosedThrough(tools.reads, of)) ?? -1) >= period;
  if (await isClosed()) return;
  const lane = laneOf(environmentId, customerId, tools.log.lanes);
  await publishClosing(tools, lane, { environmentId, customerId, period });
  await waitUntilClosed(tools, [lane], { period, isClosed });
}

/** As closeForCustomer, for all of an environment's customers, those still to come included: in every lane. */
export async function closeForAll(
  tools: ClosingTools,
  of: { readonly environmentId: string; readonly period: Period },
): Promise<void> {
  const { environmentId, period } = of;
  const lanes = Array.from({ length: tools.log.lanes }, (_, lane) => lane);
  const findOpen = async (): Promise<number[]> => {
    const closed = await readClosedLanes(tools.reads, environmentId);
    return lanes.filter((lane) => (closed.get(lane) ?? -1) < period);
  };
  const open = await findOpen();
  if (open.length === 0) return;
  await Promise.all(open.map((lane) => publishClosing(tools, lane, of)));
  await waitUntilClosed(tools, open, { period, isClosed: async () => (await findOpen()).length === 0 });
}

/** Said twice, by two who close at once or after a crash, it changes nothing. */
async function publishClosing(
  { log }: ClosingTools,
  lane: number,
  close: { readonly environmentId: string; readonly customerId?: string; readonly period: Period },
): Promise<void> {
  const publishId = `close-${randomUUID()}`;
  const payload = encodeCloseEnvelope(publishId, close);
  const options = {
    kind: SpanKind.PRODUCER,
    attributes: {
      'messaging.system': 'nats',
      'messaging.operation.name': 'publish',
      'messaging.operation.type': 'send',
      'messaging.destination.name': DELTAS_STREAM,
      'messaging.destination.partition.id': String(lane),
    },
  };
  await withSpan('publish closing', options, async (span) => {
    const traceparent = formatTraceparent(span.spanContext());
    await publishEnvelope(log, { lane, publishId, payload, traceparent }, PUBLISH_TIMEOUT_MS);
  });
}

async function waitUntilClosed(
  { progress }: ClosingTools,
  lanes: readonly number[],
  { period, isClosed }: { readonly period: Period; readonly isClosed: () => Promise<boolean> },
): Promise<void> {
  const isProjected = await progress.waitUntilProjected(lanes, PROJECT_TIMEOUT_MS);
  // Projected and still open: by the log's clock the month had not ended when it took the closing.
  if (isProjected && (await isClosed())) return;
  throw notNow(`the ledger has not closed ${formatPeriod(period)} yet`);
}
