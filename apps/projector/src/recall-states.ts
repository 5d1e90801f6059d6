import { type Period, periodOf } from '@pacspace/domain';
import {
  type CustomerName,
  findRecords,
  loadCustomers,
  loadPeriods,
  type PeriodName,
} from '@pacspace/ledger';
import { sha256Hex } from '@pacspace/node-crypto';
import { fingerprintOf, metadataHashOf, type PeriodClose } from '@pacspace/wire';
import type pg from 'pg';
import type { DecodedEnvelope } from './decode-turn.js';
import {
  closedThrough,
  type CustomerMemory,
  type LaneMemory,
  rememberCustomer,
  rememberPeriod,
} from './lane-memory.js';

/** A delta that is recorded: whose it is, and its fingerprint. */
export interface RecordedDelta {
  readonly environmentId: string;
  readonly customerId: string;
  readonly fingerprint: string;
}

/** all: those of the turn's deltas, and those that they adjust. adjusted: the latter only. */
export type KeysToRecall = 'all' | 'adjusted';

/**
 * Brings to memory all that a turn's fold will ask for, in at most four round trips whatever the turn's size: the keys
 * already recorded, the customers, and their periods.
 *
 * @param client the connection that the turn will be written on: see writeTurn.
 */
export async function recallStates(
  client: pg.ClientBase,
  memory: LaneMemory,
  envelopes: readonly DecodedEnvelope[],
  keys: KeysToRecall,
): Promise<Map<string, RecordedDelta>> {
  const recorded = await recallRecords(client, keysOf(envelopes, keys));
  await recallCustomers(client, memory, envelopes);
  await recallPeriods(client, memory, envelopes);
  return recorded;
}

function keysOf(envelopes: readonly DecodedEnvelope[], which: KeysToRecall): string[] {
  const keys: string[] = [];
  for (const { deltas } of envelopes) {
    for (const { recordKey, adjustsKey } of deltas) {
      if (which === 'all') keys.push(recordKey);
      if (adjustsKey !== undefined) keys.push(adjustsKey);
    }
  }
  return keys;
}

async function recallRecords(
  client: pg.ClientBase,
  keys: readonly string[],
): Promise<Map<string, RecordedDelta>> {
  const recorded = new Map<string, RecordedDelta>();
  for (const record of await findRecords(client, keys)) {
    const { environmentId, customerId, metadata, salt } = record;
    const metadataHash =
      metadata === undefined || salt === undefined ? undefined : metadataHashOf(salt, metadata, sha256Hex);
    const fingerprint = fingerprintOf({ ...record, metadataHash }, sha256Hex);
    recorded.set(record.recordKey, { environmentId, customerId, fingerprint });
  }
  return recorded;
}

async function recallCustomers(
  client: pg.ClientBase,
  memory: LaneMemory,
  envelopes: readonly DecodedEnvelope[],
): Promise<void> {
  const missing = new Map<string, CustomerName>();
  const want = (environmentId: string, customerId: string): void => {
    if (memory.get(environmentId, customerId) !== undefined) return;
    missing.set(`${environmentId}\n${customerId}`, { environmentId, customerId });
  };
  for (const { deltas, close } of envelopes) {
    for (const { environmentId, customerId } of deltas) want(environmentId, customerId);
    if (close?.customerId !== undefined) want(close.environmentId, close.customerId);
  }
  for (const row of await loadCustomers(client, [...missing.values()])) {
    memory.add(rememberCustomer(row, memory.environment(row.environmentId)));
  }
}

async function recallPeriods(
  client: pg.ClientBase,
  memory: LaneMemory,
  envelopes: readonly DecodedEnvelope[],
): Promise<void> {
  const customers = new Map<number, CustomerMemory>();
  const missing = new Map<string, PeriodName>();
  const want = (customer: CustomerMemory, period: Period): void => {
    if (customer.periods.has(period)) return;
    customers.set(customer.number, customer);
    missing.set(`${customer.number}/${period}`, { customerNo: customer.number, period });
  };
  const closings = envelopes.flatMap(({ close }) => close ?? []);
  for (const { deltas, message } of envelopes) {
    for (const delta of deltas) {
      const customer = memory.get(delta.environmentId, delta.customerId);
      // A customer that the ledger does not know has no periods there either.
      if (customer === undefined) continue;
      const happened = periodOf(delta.occurredAtMs ?? message.recordedAtMs);
      want(customer, Math.max(happened, closedThrough(customer) + 1));
      // Where it counts also depends on what the turn itself has closed by then: one period too many does no harm.
      for (const close of closings) {
        if (isClosedBy(customer, close)) want(customer, Math.max(happened, close.period + 1));
      }
    }
  }
  for (const row of await loadPeriods(client, [...missing.values()])) {
    const customer = customers.get(row.customerNo);
    customer?.periods.set(row.period, rememberPeriod(customer, row));
  }
}

function isClosedBy({ environmentId, customerId }: CustomerMemory, close: PeriodClose): boolean {
  return (
    close.environmentId === environmentId &&
    (close.customerId === undefined || close.customerId === customerId)
  );
}
