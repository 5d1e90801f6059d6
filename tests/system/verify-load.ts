import { amountFromCanonical, formatAmount } from '@pacspace/domain';
import { expect } from '@jest/globals';
import type { Api } from './api.js';
import type { Claim, Load } from './load.js';
import type { System } from './start-system.js';

interface Entry {
  customer_id: string;
  idx: string;
  amount: string;
  balance: string;
  reason: string;
  record_key: string;
}

/**
 * After a fault, the load being over: the service catches up by itself, and what it was told it has, once and in order;
 * what it says over HTTP is what the ledger holds, and the ledger, the cache and the log agree.
 */
export async function verifyLoad(system: System, load: Load, api: Api): Promise<void> {
  const derived = new Map<string, { computedBalanceExact: string; deltasCount: number }>();
  for (const customerId of load.customers) {
    derived.set(customerId, await api.deriveWhole(customerId, 'limit=1'));
  }
  const entries = await readEntries(system, load);
  expect(load.violations).toEqual([]);
  expect(findBroken(load.claims, entries)).toEqual([]);
  for (const [customerId, list] of Map.groupBy(entries, (entry) => entry.customer_id)) {
    const sums = runningSums(list);
    expect(list.map(({ idx }) => Number(idx))).toEqual(list.map((_, i) => i));
    expect(list.map(({ balance }) => amountFromCanonical(balance))).toEqual(sums);
    const balance = formatAmount(sums.at(-1) ?? 0n);
    expect(derived.get(customerId)).toMatchObject({
      computedBalanceExact: balance,
      deltasCount: list.length,
    });
  }
  const { code, output } = await system.check();
  expect([code, output]).toEqual([0, expect.stringContaining('the ledger, the cache and the log agree')]);
}

async function readEntries({ pool }: System, load: Load): Promise<Entry[]> {
  const { rows } = await pool.query<Entry>(
    `SELECT c.customer_id, e.idx, e.amount::text, e.balance::text, e.reason, replace(e.record_key::text, '-', '') AS record_key
       FROM entry e JOIN customer c ON c.number = e.customer_no
      WHERE c.customer_id = ANY($1) ORDER BY c.customer_id, e.idx`,
    [load.customers],
  );
  return rows;
}

/** What is missing, double, changed, or was never sent. */
function findBroken(claims: readonly Claim[], entries: readonly Entry[]): string[] {
  const recorded = Map.groupBy(entries, ({ reason }) => reason);
  const broken: string[] = [];
  for (const { name, customerId, key, amount, recordId } of claims) {
    const [first, ...more] = recorded.get(name) ?? [];
    recorded.delete(name);
    if (more.length > 0) broken.push(`${name} is there ${1 + more.length} times`);
    if (first === undefined) {
      // Without a key it was sent once; not acknowledged, it may be there or not.
      if (recordId !== undefined || key !== undefined) broken.push(`${name} is missing`);
      continue;
    }
    const isSame =
      first.customer_id === customerId && amountFromCanonical(first.amount) === amountFromCanonical(amount);
    if (!isSame) broken.push(`${name} is ${first.amount} of ${first.customer_id}`);
    if (recordId !== undefined && recordId !== `rec_${first.record_key}`)
      broken.push(`${name} is not ${recordId}`);
  }
  return [...broken, ...[...recorded.keys()].map((name) => `nobody sent ${name}`)];
}

function runningSums(entries: readonly Entry[]): bigint[] {
  let sum = 0n;
  return entries.map(({ amount }) => (sum += amountFromCanonical(amount)));
}
