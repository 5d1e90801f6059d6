import { describe, expect, it } from '@jest/globals';
import { createLogger, Gate, Metrics } from '@pacspace/service';
import { ApiError } from '@pacspace/wire';
import type { AdjustsResolver } from './adjusts-resolver.js';
import { answerBatch } from './answer-batch.js';
import { type BatchOptions, emitBatch } from './emit-batch.js';
import { type Entry, GroupCommit } from './group-commit.js';
import { IngestMetrics } from './ingest-metrics.js';
import { Intake } from './intake.js';
import { KeyRegistry } from './key-registry.js';
import { readItem } from './read-item.js';
import { RecordedKeys } from './recorded-keys.js';

const ORIGIN: BatchOptions['origin'] = {
  principal: {
    tenantId: 'ten_1',
    plan: 'free',
    allowed: null,
    rate: null,
    environmentId: 'env_1',
    kind: 'test',
    saltKey: Buffer.alloc(32),
    scopes: new Set(['ingest']),
    keyId: 'key_1',
  },
  traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`,
  lanes: 1,
};

const good = { customerId: 'c1', delta: 1, reason: 'calls' };

interface Scene {
  /** Each piece, and an error to break off with at the end. */
  readonly pieces: readonly (readonly unknown[])[];
  readonly breaksOff?: Error;
  /** From this publish on the log is away. */
  readonly awayFrom?: number;
  readonly failedOnly?: boolean;
}

interface Answer {
  readonly success: boolean;
  readonly error?: object;
  readonly data: {
    readonly results: readonly { index: number; status: string; error?: { fields?: unknown } }[];
    readonly totalQueued: number;
    readonly totalFailed: number;
  };
}

const bugs: unknown[] = [];

/** The answer's text, read to its end. */
async function run({ pieces, breaksOff, awayFrom = Infinity, failedOnly = false }: Scene): Promise<Answer> {
  const logger = createLogger({ app: 'test', level: 'silent' });
  const metrics = new IngestMetrics(new Metrics({ app: 'test', version: '0' }));
  let published = 0;
  const commit = new GroupCommit<Entry>({
    lanes: 1,
    publish: async () => {
      published += 1;
      await Promise.resolve();
      if (published >= awayFrom) throw new Error('the log is away');
      return published;
    },
  });
  const recorded = new RecordedKeys(() => Promise.resolve([]), metrics);
  const adjusts = undefined as unknown as AdjustsResolver;
  const intake = new Intake({
    commit,
    recorded,
    adjusts,
    metrics,
    logger,
    registry: new KeyRegistry(),
    purseOf: () => undefined,
  });
  const pieceGate = new Gate({ name: 'pieces', concurrency: 1, waitLimit: 100 });
  async function* source(): AsyncGenerator<unknown[]> {
    for (const piece of pieces) {
      await new Promise((resolve) => setImmediate(resolve));
      yield [...piece];
    }
    if (breaksOff !== undefined) throw breaksOff;
  }
  const answers = emitBatch(
    { intake, metrics, pieceGate, announce: () => commit.announce(), now: Date.now },
    { pieces: source(), read: (raw, _index, nowMs) => readItem(raw, nowMs) },
    { origin: ORIGIN, failedOnly },
  );
  let text = '';
  for await (const part of await answerBatch(answers, (error) => bugs.push(error))) text += part;
  return JSON.parse(text) as Answer;
}

describe('a batch', () => {
  it('is answered item by item, in order, with totals', async () => {
    const answer = await run({ pieces: [[good, { ...good, delta: 0 }], [good], [{}, good]] });
    expect(answer.success).toBe(true);
    expect(answer.data.results.map((item) => [item.index, item.status])).toEqual([
      [0, 'QUEUED'],
      [1, 'FAILED'],
      [2, 'QUEUED'],
      [3, 'FAILED'],
      [4, 'QUEUED'],
    ]);
    expect(answer.data).toMatchObject({ totalQueued: 3, totalFailed: 2 });
    expect(answer.data.results[1]!.error!.fields).toEqual([expect.objectContaining({ path: 'delta' })]);
  });

  it('can be answered with the failed items only', async () => {
    const answer = await run({ pieces: [[good], [good, {}], [good]], failedOnly: true });
    expect(answer.data.results.map((item) => item.index)).toEqual([2]);
    expect(answer.data).toMatchObject({ totalQueued: 3, totalFailed: 1 });
    expect((await run({ pieces: [[good]], failedOnly: true })).data).toEqual({
      results: [],
      totalQueued: 1,
      totalFailed: 0,
    });
  });

  it('is refused as a whole when it is empty, cannot be read, or the log takes none of its first piece', async () => {
    await expect(run({ pieces: [] })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    const breaksOff = new ApiError('PAYLOAD_TOO_LARGE', 'a bomb');
    await expect(run({ pieces: [], breaksOff })).rejects.toBe(breaksOff);
    await expect(run({ pieces: [[{}], [{}]], breaksOff })).rejects.toBe(breaksOff);
    await expect(run({ pieces: [[{}], [good, {}], [good]], awayFrom: 1 })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryAfterSeconds: 1,
    });
  });

  it('is answered to its end when all of it is invalid', async () => {
    const answer = await run({ pieces: [[{}, {}]], awayFrom: 1 });
    expect(answer).toMatchObject({ success: true, data: { totalQueued: 0, totalFailed: 2 } });
  });

  it('tells the items that a log did not take which went away in the middle', async () => {
    const answer = await run({ pieces: [[good], [good], [good]], awayFrom: 2 });
    expect(answer.data).toMatchObject({ totalQueued: 1, totalFailed: 2 });
    expect(answer.data.results[2]!.error).toMatchObject({ code: 'UNAVAILABLE', retryAfterSeconds: 1 });
  });

  it('says that it broke off, and how far it came', async () => {
    const answer = await run({
      pieces: [[good], [good]],
      breaksOff: new ApiError('VALIDATION_FAILED', 'not gzip'),
    });
    expect(answer).toMatchObject({
      success: false,
      error: { message: 'not gzip' },
      data: { totalQueued: 2 },
    });
    expect(answer.error).not.toHaveProperty('code');
    const bug = await run({ pieces: [[good]], breaksOff: new TypeError('secret insides') });
    expect(bug).toMatchObject({ success: false, error: { code: 'INTERNAL' } });
    expect(JSON.stringify(bug)).not.toContain('insides');
    expect(bugs).toEqual([expect.any(TypeError)]);
  });
});
