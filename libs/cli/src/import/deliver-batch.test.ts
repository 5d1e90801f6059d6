import { describe, expect, it } from '@jest/globals';
import { CliError } from '../errors.js';
import { type DeliveryTools, deliverBatch } from './deliver-batch.js';
import type { MappedDelta } from './map-rows.js';
import { Patience } from './patience.js';
import type { DeltaAnswer, PostOutcome } from './post-deltas.js';

const DELTAS: readonly MappedDelta[] = ['a', 'b', 'c'].map((json, i) => ({
  json,
  line: i + 2,
  column: 'n',
  customerId: 'acme',
  reason: 'n',
  amount: 1n,
}));
const BUSY: PostOutcome = { kind: 'busy', reason: 'no room', retryAfterMs: 0, isHeard: true };
const answered = (...kinds: readonly ('recorded' | 'known' | 'busy')[]): PostOutcome => ({
  kind: 'answered',
  answers: kinds.map((kind): DeltaAnswer => (kind === 'busy' ? { kind, reason: 'full' } : { kind })),
});

async function deliver(outcomes: PostOutcome[], more: Partial<DeliveryTools> = {}) {
  const posts: string[] = [];
  const settled: string[] = [];
  const tools: DeliveryTools = {
    baseUrl: 'http://server.example',
    post: (lines) => {
      posts.push(lines.join(''));
      const outcome = outcomes.shift();
      return outcome === undefined
        ? Promise.reject(new Error('one request too many'))
        : Promise.resolve(outcome);
    },
    patience: new Patience({ firstMs: 5_000, laterMs: 5_000 }),
    signal: new AbortController().signal,
    lastTry: new AbortController().signal,
    onRetry: () => undefined,
    ...more,
  };
  const done = deliverBatch(DELTAS, tools, ({ json }, { kind }) => settled.push(json + kind)).catch(
    (error: unknown) => error,
  );
  return { result: await done, posts, settled };
}

describe('deliverBatch', () => {
  it('sends again only what has no final answer, and settles each delta once', async () => {
    const { result, posts, settled } = await deliver([
      answered('recorded', 'busy', 'busy'),
      answered('busy', 'known'),
      answered('recorded'),
    ]);
    expect(result).toBe(true);
    expect(posts).toEqual(['abc', 'bc', 'b']);
    expect(settled).toEqual(['arecorded', 'cknown', 'brecorded']);
  });

  it('sends all of it again after a failure', async () => {
    const { posts, settled } = await deliver([BUSY, answered('known', 'known', 'recorded')]);
    expect(posts).toEqual(['abc', 'abc']);
    expect(settled).toEqual(['aknown', 'bknown', 'crecorded']);
  });

  it('throws what the server refuses, and gives up when patience ends', async () => {
    const error = new CliError('NOT_AUTHORISED', 'no');
    expect((await deliver([{ kind: 'refused', error }])).result).toBe(error);
    const impatient = (): Partial<DeliveryTools> => ({ patience: new Patience({ firstMs: 0, laterMs: 0 }) });
    const silent: PostOutcome = { ...BUSY, isHeard: false };
    expect((await deliver([silent], impatient())).result).toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringMatching(/server\.example cannot be reached.*is the URL right/),
    });
    const { result } = await deliver([BUSY], impatient());
    expect(result).toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('no room'),
      exitCode: 3,
    });
  });

  it('ends, settling nothing more, when it is to be its last try', async () => {
    const { result, posts } = await deliver([BUSY], { lastTry: AbortSignal.abort() });
    expect(result).toBe(false);
    expect(posts).toEqual(['abc']);
    const soon = AbortSignal.timeout(20);
    expect((await deliver([{ ...BUSY, retryAfterMs: 4_000 }], { lastTry: soon })).result).toBe(false);
  });
});
