import assert from 'node:assert/strict';
import { formatPeriod, laneOf } from '@pacspace/domain';
import type { Journal } from './journal.js';
import { type Expected, type ExpectedEntry, foldNaively, toUnits } from './oracle.js';
import { fieldOf } from './sim-cache.js';
import { ENVIRONMENT } from './sim-gateway.js';
import { keyOf } from './sim-producer.js';
import type { World } from './world.js';

/** Holds what a finished run has left against what was promised. @throws AssertionError */
export function checkRun(world: World, journal: Journal): void {
  const expected = foldNaively(world.log.messages);
  checkLedger(world, expected);
  checkPromises(world, journal, expected);
  checkReads(journal, expected);
  checkCache(world, expected);
  checkEvents(world, expected);
}

/** Every row is what the log means, and every lane has been projected to its end. */
function checkLedger({ ledger, log, lanes }: World, expected: Expected): void {
  const { tables } = ledger;
  const found = new Map(
    [...tables.entries].map(([recordKey, row]) => [
      recordKey,
      {
        recordKey,
        customerId: tables.customers.get(row.customerNo)?.customerId,
        fact: row.reason,
        index: row.index,
        amount: toUnits(row.amount),
        balance: toUnits(row.balance),
        month: formatPeriod(row.period),
        late: row.late,
        sequence: row.logSequence,
      },
    ]),
  );
  assert.deepEqual(found, expected.entries, 'the ledger is not what the log means');
  const rejected = [...tables.rejections.values()].map((row) => [
    `${row.sequence}/${row.ordinal}`,
    row.code as string,
  ]);
  assert.deepEqual(
    new Map(rejected as [string, string][]),
    new Map([...expected.rejected].map(([place, { code }]) => [place, code])),
    'other deltas are rejected than the log means',
  );
  const ofCustomer = Map.groupBy(found.values(), ({ customerId }) => customerId);
  for (const { customerId, count, balance } of tables.customers.values()) {
    const amounts = (ofCustomer.get(customerId) ?? []).map(({ amount }) => amount);
    const sum = amounts.reduce((total, amount) => total + amount, 0n);
    assert.deepEqual([count, toUnits(balance)], [amounts.length, sum], customerId);
  }
  const used = [...tables.usage.values()].reduce((sum, { count }) => sum + count, 0);
  assert.equal(used, expected.entries.size, 'usage is not the number of entries');
  const lane = Array.from({ length: lanes }, (_, number) => tables.lane(number));
  for (const { lane: number, envelopes } of lane) {
    assert.equal(envelopes, log.count(number), `lane ${number} is not projected to its end`);
  }
  const total = (name: 'duplicates' | 'deadLetters'): number => lane.reduce((sum, one) => sum + one[name], 0);
  assert.equal(total('duplicates'), expected.duplicates, 'duplicates');
  assert.equal(total('deadLetters'), expected.deadSequences.length, 'dead letters');
}

/** What was acknowledged is there, once; what could not be taken is rejected visibly. */
function checkPromises({ log }: World, journal: Journal, { entries, rejected }: Expected): void {
  const recorded = Map.groupBy(entries.values(), ({ fact }) => fact);
  const refused = new Set([...rejected.values()].map(({ fact }) => fact));
  for (const fact of journal.facts.values()) {
    const times = recorded.get(fact.name)?.length ?? 0;
    assert.ok(times <= 1, `${fact.name} is recorded ${times} times`);
    if (fact.acknowledgedAt.length > 0) {
      assert.ok(times === 1 || refused.has(fact.name), `${fact.name} was acknowledged and is lost`);
    }
    for (const sequence of fact.acknowledgedAt) {
      const isThere = log.messages[sequence - 1]?.payload.includes(`"${fact.name}"`);
      assert.ok(isThere, `${fact.name} was acknowledged at ${sequence}, and is not there`);
    }
    const [entry] = recorded.get(fact.name) ?? [];
    if (entry === undefined) continue;
    assert.equal(entry.amount, toUnits(fact.amount), `${fact.name} has another amount`);
    if (fact.key !== undefined) assert.equal(entry.recordKey, keyOf(fact), `${fact.name} has another key`);
  }
  for (const { fact } of entries.values()) {
    assert.ok(journal.facts.has(fact), `nobody sent ${fact}, and it is recorded`);
  }
  checkOrder(journal, recorded);
}

/** What a producer sent after an acknowledgement comes later in the log. */
function checkOrder(journal: Journal, recorded: ReadonlyMap<string, readonly ExpectedEntry[]>): void {
  const acknowledged = new Map<string, { readonly action: number; readonly sequence: number }[]>();
  for (const { name, producer, action, acknowledgedAt } of journal.facts.values()) {
    const sequence = recorded.get(name)?.[0]?.sequence;
    if (sequence === undefined) continue;
    const earlier = acknowledged.get(producer) ?? [];
    acknowledged.set(producer, earlier);
    for (const one of earlier) {
      assert.ok(one.action === action || one.sequence < sequence, `${name} is before what came before it`);
    }
    if (acknowledgedAt.length > 0) earlier.push({ action, sequence });
  }
}

/** A strong read contains all that was acknowledged before it, and is a state that the ledger once had. */
function checkReads(journal: Journal, { entries }: Expected): void {
  const ofFact = new Map([...entries.values()].map((entry) => [entry.fact, entry]));
  const ofCustomer = Map.groupBy(entries.values(), ({ customerId }) => customerId);
  for (const read of journal.reads) {
    const { customerId, sequence, count, balance } = read;
    const last = lastUntil(sequence, ofCustomer.get(customerId));
    const what = `the read of ${customerId} from the ${read.from} as of ${sequence}`;
    assert.deepEqual([count, toUnits(balance)], [(last?.index ?? -1) + 1, last?.balance ?? 0n], what);
    for (const fact of read.acknowledgedBefore) {
      const entry = ofFact.get(fact);
      if (entry !== undefined) assert.ok(entry.sequence <= sequence, `${what} does not contain ${fact}`);
    }
  }
}

/** Whenever it was, each cached balance was right as of the position beside it, and each one changed within its span was there. */
function checkCache({ cache, lanes }: World, { entries }: Expected): void {
  const ofCustomer = Map.groupBy(entries.values(), ({ customerId }) => customerId);
  const inLane = Map.groupBy(ofCustomer.keys(), (customerId) => laneOf(ENVIRONMENT, customerId, lanes));
  for (const [lane, { sequence, since, customers }] of cache.states) {
    for (const customerId of inLane.get(lane) ?? []) {
      const last = lastUntil(sequence, ofCustomer.get(customerId));
      if (last === undefined) continue;
      const cached = customers.get(fieldOf({ environmentId: ENVIRONMENT, customerId }));
      const what = `the cache of lane ${lane} as of ${sequence}: ${customerId}`;
      if (cached === undefined) {
        assert.ok(last.sequence <= since, `${what} has changed, and is not there`);
        continue;
      }
      const found = [cached.count, toUnits(cached.balance), cached.lastRecordKey];
      assert.deepEqual(found, [last.index + 1, last.balance, last.recordKey], what);
    }
  }
}

/** A customer's last entry as of a place of the log; the entries are in log order. */
function lastUntil(sequence: number, entries: readonly ExpectedEntry[] = []): ExpectedEntry | undefined {
  return entries.findLast((entry) => entry.sequence <= sequence);
}

/** Whatever became of a delta has been told, and told right. */
function checkEvents({ log }: World, { entries, rejected, deadSequences }: Expected): void {
  const verified = new Map<string, number>();
  const failed = new Set<string>();
  for (const events of log.events) {
    for (const { customerId, firstIndex, recordKeys } of events.verified) {
      recordKeys.forEach((recordKey, i) => {
        assert.equal(
          entries.get(recordKey)?.index,
          firstIndex + i,
          `the event of ${customerId} ${recordKey}`,
        );
        verified.set(recordKey, firstIndex + i);
      });
    }
    for (const { sequence } of events.failed) failed.add(String(sequence));
  }
  for (const { recordKey, fact } of entries.values()) {
    assert.ok(verified.has(recordKey), `nobody was told that ${fact} is verified`);
  }
  for (const [place, { fact }] of rejected) {
    assert.ok(failed.has(place.split('/')[0]!), `nobody was told that ${fact} has failed`);
  }
  const aside = new Set([...log.deadLetters.keys()].map((id) => Number(id.split('/')[1])));
  assert.deepEqual(aside, new Set(deadSequences), 'not every unreadable envelope was put aside');
}
