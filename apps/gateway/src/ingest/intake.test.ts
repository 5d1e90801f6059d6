import { describe, expect, it } from '@jest/globals';
import type { DeltaInput } from '@pacspace/domain';
import type { FoundRecord } from '@pacspace/ledger';
import { sha256Hex } from '@pacspace/node-crypto';
import { createLogger, Metrics } from '@pacspace/service';
import { decodeEnvelope, encodeEnvelope, type EnvelopeDelta, recordKeyOf } from '@pacspace/wire';
import { AdjustsResolver } from './adjusts-resolver.js';
import { type Entry, GroupCommit } from './group-commit.js';
import { IngestMetrics } from './ingest-metrics.js';
import { Intake, type Item } from './intake.js';
import { KeyRegistry } from './key-registry.js';
import type { Origin } from './prepare-delta.js';
import { RecordedKeys } from './recorded-keys.js';

const ENVIRONMENT = 'env_1';
const ORIGIN: Origin = {
  principal: {
    tenantId: 'ten_1',
    plan: 'free',
    allowed: null,
    rate: null,
    environmentId: ENVIRONMENT,
    kind: 'test',
    saltKey: Buffer.alloc(32, 7),
    scopes: new Set(['ingest']),
    keyId: 'key_1',
  },
  traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`,
  lanes: 1,
};

const keyOf = (key: string, customerId = 'c1'): string =>
  recordKeyOf({ environmentId: ENVIRONMENT, customerId, key }, sha256Hex);

function item(key: string | undefined, changes: Partial<DeltaInput> = {}): Item {
  return { key, input: { customerId: 'c1', amount: 1n, reason: 'calls', ...changes } };
}

/** A log and a ledger in memory; the ledger has what the test projects into it. */
class World {
  readonly log: EnvelopeDelta[][] = [];
  readonly ledger = new Map<string, FoundRecord>();
  logAway = false;
  ledgerAway = false;
  /** While set, publishes wait for it. */
  held: Promise<unknown> = Promise.resolve();
  searches = 0;
  onWait = (): boolean => true;

  intake(): Intake {
    const logger = createLogger({ app: 'test', level: 'silent' });
    const metrics = new IngestMetrics(new Metrics({ app: 'test', version: '0' }));
    const registry = new KeyRegistry();
    const recorded = new RecordedKeys(async (keys) => {
      await Promise.resolve();
      if (this.ledgerAway) throw new Error('connection refused');
      return keys.flatMap((key) => this.ledger.get(key) ?? []);
    }, metrics);
    const commit = new GroupCommit<Entry>({
      lanes: 1,
      publish: async (_lane, entries) => {
        await this.held;
        if (this.logAway) throw new Error('the log is away');
        const deltas = entries.map((entry) => entry.delta);
        return this.log.push([...decodeEnvelope(encodeEnvelope('id', deltas)).deltas]);
      },
    });
    const adjusts = new AdjustsResolver({
      recorded,
      registry,
      findByReference: async ({ customerId, referenceId, limit }) => {
        await Promise.resolve();
        this.searches += 1;
        const matches = [...this.ledger.values()].filter(
          (record) => record.customerId === customerId && record.referenceId === referenceId,
        );
        return matches.slice(0, limit).map((record) => record.recordKey);
      },
      waitUntilProjected: () => Promise.resolve(this.onWait()),
    });
    return new Intake({ commit, registry, recorded, adjusts, metrics, logger, purseOf: () => undefined });
  }

  /** Folds everything in the log into the ledger, as the projector would. */
  project(): void {
    for (const [i, deltas] of this.log.entries()) {
      for (const delta of deltas) {
        const { recordKey, metadata, salt, adjustsKey, referenceId, occurredAtMs } = delta;
        this.ledger.set(recordKey, {
          recordKey,
          recordId: `rec_${recordKey}`,
          environmentId: delta.environmentId,
          customerId: delta.customerId,
          amount: BigInt(delta.amount === '0.000000000001' ? 1 : 2),
          reason: delta.reason,
          referenceId,
          occurredAtMs,
          adjusts: adjustsKey === undefined ? undefined : `rec_${adjustsKey}`,
          metadata,
          salt,
          lane: 0,
          index: this.ledger.size,
          logSequence: i + 1,
          recordedAtMs: 0,
        });
      }
    }
  }

  get inLog(): EnvelopeDelta[] {
    return this.log.flat();
  }
}

/** Outcomes as words: accepted@sequence, replayed@sequence, or the code of the refusal. */
async function take(intake: Intake, items: readonly Item[]): Promise<string[]> {
  const flight = await intake.take(items, ORIGIN, { roomWaitMs: 1_000 }).done;
  return items.map((_, i) => {
    const outcome = flight.outcomeAt(i);
    return outcome.kind === 'refused' ? outcome.error.code : `${outcome.kind}@${outcome.sequence}`;
  });
}

describe('Intake', () => {
  it('takes each delta without a key as a new fact', async () => {
    const world = new World();
    const intake = world.intake();
    expect(await take(intake, [item(undefined), item(undefined)])).toEqual(['accepted@1', 'accepted@1']);
    expect(new Set(world.inLog.map((delta) => delta.recordKey)).size).toBe(2);
  });

  it('answers a repeat again without sending it to the log: at once, and when only the ledger knows it', async () => {
    const world = new World();
    const metadata = { user: 'u-1', tags: ['b', 'a'] };
    const first = world.intake();
    expect(await take(first, [item('k', { metadata })])).toEqual(['accepted@1']);
    expect(await take(first, [item('k', { metadata: { tags: ['b', 'a'], user: 'u-1' } })])).toEqual([
      'replayed@1',
    ]);
    world.project();
    const another = world.intake();
    expect(await take(another, [item('k', { metadata })])).toEqual(['replayed@1']);
    expect(await take(another, [item('k', { metadata })])).toEqual(['replayed@1']);
    expect(world.inLog).toHaveLength(1);
  });

  it.each([
    ['amount', { amount: 2n }],
    ['reason', { reason: 'other' }],
    ['reference', { referenceId: 'r' }],
    ['metadata', { metadata: { a: 2 } }],
    ['time', { occurredAtMs: 1_800_000_000_001 }],
  ])(
    'refuses a key that was used with another %s, also when only the ledger knows it',
    async (_what, change) => {
      const world = new World();
      const first = world.intake();
      await take(first, [item('k', { metadata: { a: 1 }, occurredAtMs: 1_800_000_000_000 })]);
      const other = item('k', { metadata: { a: 1 }, occurredAtMs: 1_800_000_000_000, ...change });
      expect(await take(first, [other])).toEqual(['IDEMPOTENCY_CONFLICT']);
      world.project();
      expect(await take(world.intake(), [other])).toEqual(['IDEMPOTENCY_CONFLICT']);
      expect(world.inLog).toHaveLength(1);
    },
  );

  it('lets the ledger say which of two deltas has a key that came in through two gateways at once', async () => {
    const world = new World();
    const [one, other] = [world.intake(), world.intake()];
    expect(await take(one, [item('k', { amount: 1n })])).toEqual(['accepted@1']);
    expect(await take(other, [item('k', { amount: 2n })])).toEqual(['accepted@2']);
    // Nobody knows yet: who has accepted one of them takes that for the one.
    expect(await take(one, [item('k', { amount: 2n })])).toEqual(['IDEMPOTENCY_CONFLICT']);
    world.project();
    expect(await take(one, [item('k', { amount: 2n })])).toEqual(['replayed@2']);
    expect(await take(one, [item('k', { amount: 1n })])).toEqual(['IDEMPOTENCY_CONFLICT']);
    expect(await take(one, [item('k', { amount: 2n })])).toEqual(['replayed@2']);
  });

  it('keeps keys of different customers apart', async () => {
    const world = new World();
    const outcomes = await take(world.intake(), [item('k'), item('k', { customerId: 'c2' })]);
    expect(outcomes).toEqual(['accepted@1', 'accepted@1']);
  });

  it('joins a repeat to the first that is under way, in one batch and over requests', async () => {
    const world = new World();
    const intake = world.intake();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    world.held = promise;
    const first = take(intake, [item('k'), item('k'), item('k', { amount: 2n })]);
    const second = intake.take([item('k')], ORIGIN, { roomWaitMs: 0 });
    expect([...second.joined]).toEqual([0]);
    resolve(undefined);
    expect(await first).toEqual(['accepted@1', 'replayed@1', 'IDEMPOTENCY_CONFLICT']);
    expect((await second.done).outcomeAt(0)).toEqual({ kind: 'replayed', sequence: 1 });
    expect(world.inLog).toHaveLength(1);
  });

  it('refuses all when the log does not take them, joined ones too, and takes the retry', async () => {
    const world = new World();
    world.logAway = true;
    const intake = world.intake();
    expect(await take(intake, [item('k'), item('k'), item(undefined)])).toEqual(Array(3).fill('UNAVAILABLE'));
    world.logAway = false;
    expect(await take(intake, [item('k'), item('k')])).toEqual(['accepted@1', 'replayed@1']);
  });

  it('takes deltas while the ledger is away: the projector decides', async () => {
    const world = new World();
    world.ledgerAway = true;
    const intake = world.intake();
    for (let i = 1; i <= 4; i += 1) expect(await take(intake, [item(`k${i}`)])).toEqual([`accepted@${i}`]);
    expect(await take(intake, [item('k1')])).toEqual(['replayed@1']);
  });

  it('keeps the order of a producer, whether its deltas have keys or not', async () => {
    const world = new World();
    const intake = world.intake();
    const reasons = Array.from({ length: 40 }, (_, i) => `r${i}`);
    let before: Promise<unknown> = Promise.resolve();
    const flights = [];
    for (let from = 0; from < reasons.length; from += 10) {
      const items = reasons
        .slice(from, from + 10)
        .map((reason, i) => item(i % 2 === 0 ? reason : undefined, { reason }));
      const taken = intake.take(items, ORIGIN, { after: before, roomWaitMs: 1_000 });
      before = taken.handedOver;
      flights.push(taken.done);
    }
    await Promise.all(flights);
    expect(world.inLog.map((delta) => delta.reason)).toEqual(reasons);
  });
});

describe('Intake of corrections', () => {
  const correction = (adjusts: NonNullable<DeltaInput['adjusts']>, key?: string): Item =>
    item(key, { adjusts, reason: 'correction' });

  it('resolves a record id of the same customer only', async () => {
    const world = new World();
    await take(world.intake(), [item('a')]);
    world.project();
    const recordId = `rec_${keyOf('a')}`;
    const intake = world.intake();
    expect(await take(intake, [correction({ recordId })])).toEqual(['accepted@2']);
    expect(world.inLog.at(-1)).toMatchObject({ adjustsKey: keyOf('a') });
    const ofAnother = item(undefined, { customerId: 'c2', adjusts: { recordId } });
    expect(await take(intake, [ofAnother])).toEqual(['ADJUSTS_UNKNOWN']);
  });

  it('resolves a reference that is a key, also of a delta just before it and not yet in the ledger', async () => {
    const world = new World();
    const intake = world.intake();
    const outcomes = await take(intake, [
      item('inv-1', { referenceId: 'inv-1' }),
      correction({ referenceId: 'inv-1' }),
    ]);
    expect(outcomes).toEqual(['accepted@1', 'accepted@1']);
    expect(await take(intake, [correction({ referenceId: 'inv-1' })])).toEqual(['accepted@2']);
    expect(world.inLog.map((delta) => delta.adjustsKey)).toEqual([undefined, keyOf('inv-1'), keyOf('inv-1')]);
    expect(world.searches).toBe(0);
  });

  it('resolves a reference that only one delta has, and refuses an ambiguous one', async () => {
    const world = new World();
    const intake = world.intake();
    await take(intake, [
      item('a', { referenceId: 'r1' }),
      item('b', { referenceId: 'r2' }),
      item('c', { referenceId: 'r2' }),
    ]);
    world.project();
    const outcomes = await take(intake, [
      correction({ referenceId: 'r1' }),
      correction({ referenceId: 'r2' }),
    ]);
    expect(outcomes).toEqual(['accepted@2', 'ADJUSTS_AMBIGUOUS']);
    expect(world.inLog.at(-1)).toMatchObject({ adjustsKey: keyOf('a') });
  });

  it('means the same at a retry, whatever came with the same reference since', async () => {
    const world = new World();
    await take(world.intake(), [item('a', { referenceId: 'r' })]);
    world.project();
    expect(await take(world.intake(), [correction({ referenceId: 'r' }, 'fix')])).toEqual(['accepted@2']);
    await take(world.intake(), [item('b', { referenceId: 'r' })]);
    world.project();
    expect(await take(world.intake(), [correction({ referenceId: 'r' }, 'fix')])).toEqual(['replayed@2']);
    expect(await take(world.intake(), [correction({ referenceId: 'other' }, 'fix')])).toEqual([
      'ADJUSTS_UNKNOWN',
    ]);
  });

  it('waits for the projector before it says that a delta is unknown', async () => {
    const world = new World();
    await take(world.intake(), [item('a')]);
    world.onWait = () => {
      world.project();
      return true;
    };
    expect(await take(world.intake(), [correction({ recordId: `rec_${keyOf('a')}` })])).toEqual([
      'accepted@2',
    ]);
    expect(await take(world.intake(), [correction({ recordId: `rec_${keyOf('x')}` })])).toEqual([
      'ADJUSTS_UNKNOWN',
    ]);
    world.onWait = () => false;
    expect(await take(world.intake(), [correction({ recordId: `rec_${keyOf('x')}` })])).toEqual([
      'UNAVAILABLE',
    ]);
  });

  it('refuses only the correction when the ledger is away', async () => {
    const world = new World();
    world.ledgerAway = true;
    const outcomes = await take(world.intake(), [
      item(undefined),
      correction({ recordId: `rec_${keyOf('a')}` }),
    ]);
    expect(outcomes).toEqual(['accepted@1', 'UNAVAILABLE']);
  });
});
