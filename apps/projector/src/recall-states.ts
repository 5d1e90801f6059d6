import { periodOf } from '@pacspace/domain';
import {
  type CustomerName,
  findRecords,
  loadCustomers,
  loadPeriods,
  type PeriodName,
} from '@pacspace/ledger';
import { fingerprintOf, metadataHashOf } from '@pacspace/wire';
import type pg from 'pg';
import type { DecodedEnvelope } from './decode-turn.js';
import { type CustomerMemory, type LaneMemory, rememberCustomer, rememberPeriod } from './lane-memory.js';
import { sha256Hex } from './sha256.js';

/** A delta that is recorded: whose it is, and its fingerprint. */
export interface RecordedDelta {
  readonly environmentId: string;
  readonly customerId: string;
  readonly fingerprint: string;
}

/**
 * Brings to memory all that a turn's fold will ask for, in at most three round trips whatever the turn's size: the
 * keys already recorded, the customers, and their periods.
 */
export async function recallStates(
  pool: pg.Pool,
  memory: LaneMemory,
  envelopes: readonly DecodedEnvelope[],
): Promise<Map<string, RecordedDelta>> {
  const [recorded] = await Promise.all([
    recallRecords(pool, envelopes),
    recallCustomers(pool, memory, envelopes),
  ]);
  await recallPeriods(pool, memory, envelopes);
  return recorded;
}

async function recallRecords(
  pool: pg.Pool,
  envelopes: readonly DecodedEnvelope[],
): Promise<Map<string, RecordedDelta>> {
  const keys: string[] = [];
  for (const { deltas } of envelopes) {
    for (const { recordKey, adjustsKey } of deltas) {
      keys.push(recordKey);
      if (adjustsKey !== undefined) keys.push(adjustsKey);
    }
  }
  const recorded = new Map<string, RecordedDelta>();
  for (const record of await findRecords(pool, keys)) {
    const { environmentId, customerId, metadata, salt } = record;
    const metadataHash =
      metadata === undefined || salt === undefined ? undefined : metadataHashOf(salt, metadata, sha256Hex);
    const fingerprint = fingerprintOf({ ...record, metadataHash }, sha256Hex);
    recorded.set(record.recordKey, { environmentId, customerId, fingerprint });
  }
  return recorded;
}

async function recallCustomers(
  pool: pg.Pool,
  memory: LaneMemory,
  envelopes: readonly DecodedEnvelope[],
): Promise<void> {
  const missing = new Map<string, CustomerName>();
  for (const { deltas } of envelopes) {
    for (const { environmentId, customerId } of deltas) {
      const customer = memory.get(environmentId, customerId);
      if (customer === undefined)
        missing.set(`${environmentId}\n${customerId}`, { environmentId, customerId });
    }
  }
  for (const row of await loadCustomers(pool, [...missing.values()])) memory.add(rememberCustomer(row));
}

async function recallPeriods(
  pool: pg.Pool,
  memory: LaneMemory,
  envelopes: readonly DecodedEnvelope[],
): Promise<void> {
  const customers = new Map<number, CustomerMemory>();
  const missing = new Map<string, PeriodName>();
  for (const { deltas, message } of envelopes) {
    for (const delta of deltas) {
      const customer = memory.get(delta.environmentId, delta.customerId);
      // A customer that the ledger does not know has no periods there either.
      if (customer === undefined) continue;
      const period = periodOf(delta.occurredAtMs ?? message.recordedAtMs);
      if (customer.periods.has(period)) continue;
      customers.set(customer.number, customer);
      missing.set(`${customer.number}/${period}`, { customerNo: customer.number, period });
    }
  }
  for (const row of await loadPeriods(pool, [...missing.values()])) {
    const customer = customers.get(row.customerNo);
    customer?.periods.set(row.period, rememberPeriod(customer, row));
  }
}
