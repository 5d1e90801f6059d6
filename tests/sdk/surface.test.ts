import { describe, expect, it } from '@jest/globals';
import {
  type Balance,
  type BalancesToCompare,
  type CallOptions,
  type CheckpointOptions,
  type CompareOptions,
  type CustomerOptions,
  type Delta,
  type DeriveOptions,
  type GapsOptions,
  type ListCheckpointsOptions,
  type ListComparisonsOptions,
  type ListCustomersOptions,
  type ListReceiptsOptions,
  type Operations,
  PacSpace,
  type ReadOptions,
  type ReceiptOptions,
  type UsageOptions,
  type VerifyRootOptions,
} from '@pacspace-io/sdk';
import { checkRequest } from '@pacspace/testing';

/*
 * Held by the compiler: every call offers exactly what its operation takes, and answers with exactly its answer.
 */

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Answer<Call extends (...args: never[]) => Promise<unknown>> = Awaited<ReturnType<Call>>;
type Query<Id extends keyof Operations> = keyof Operations[Id]['query'];
type Body<Id extends keyof Operations> = keyof Operations[Id]['body'];
type Names<Options extends CallOptions> = Exclude<keyof Options, keyof CallOptions>;

/** What is an argument of its own, a header, or what the SDK decides itself. */
type Positional = 'customerId' | 'yourBalance' | 'theirBalance';

const held: Record<string, true> = {
  delta: true satisfies Same<keyof Delta, Body<'emitDelta'>>,
  derive: true satisfies Same<Names<DeriveOptions>, Query<'deriveBalance'>>,
  usage: true satisfies Same<Names<UsageOptions>, Query<'getUsage'>>,
  gaps: true satisfies Same<Names<GapsOptions>, Query<'findGaps'>>,
  customers: true satisfies Same<Names<ListCustomersOptions>, Query<'listCustomers'>>,
  customersSummary: true satisfies Same<Names<ReadOptions>, Query<'summarizeCustomers'>>,
  customer: true satisfies Same<Names<CustomerOptions>, Query<'getCustomer'>>,
  getDelta: true satisfies Same<Names<ReadOptions>, Query<'getDelta'>>,
  compare: true satisfies Same<Names<CompareOptions>, Exclude<keyof BalancesToCompare, Positional>>,
  comparisons: true satisfies Same<Names<ListComparisonsOptions>, Query<'listComparisons'>>,
  checkpoint: true satisfies Same<
    Exclude<Names<CheckpointOptions>, 'idempotencyKey'>,
    Exclude<Body<'createCheckpoint'>, Positional>
  >,
  listCheckpoints: true satisfies Same<Names<ListCheckpointsOptions>, Query<'listCheckpoints'>>,
  receipt: true satisfies Same<Names<ReceiptOptions>, Query<'getInvoiceProof'>>,
  receipts: true satisfies Same<Names<ListReceiptsOptions>, Query<'listReceipts'>>,
  // The service looks where it must; `source` is taken for older clients.
  verify: true satisfies Same<
    Exclude<Names<VerifyRootOptions>, 'logKeys' | 'accessToken'>,
    Exclude<Query<'verifyRoot'>, 'source'>
  >,
  answers: true satisfies Same<
    [
      Omit<Answer<Balance['emit']>, 'replayed'>,
      Answer<Balance['delta']>,
      Answer<Balance['emitBatch']>,
      Answer<Balance['derive']>,
      Answer<Balance['usage']>,
      Answer<Balance['limits']>,
      Answer<Balance['gaps']>,
      Answer<Balance['customers']>,
      Answer<Balance['customersSummary']>,
      Answer<Balance['customer']>,
      Answer<Balance['compare']>,
      Answer<Balance['comparison']>,
      Answer<Balance['comparisons']>,
      Answer<Balance['listCheckpoints']>,
      Answer<Balance['deltaReceipt']>,
      Answer<Balance['receipts']>,
      Answer<Balance['receipt']>,
      Answer<PacSpace['verify']>['answer'],
    ],
    [
      Operations['emitDelta']['answer'],
      Operations['getDelta']['answer'],
      Operations['emitBatch']['answer'],
      Operations['deriveBalance']['answer'],
      Operations['getUsage']['answer'],
      Operations['getLimits']['answer'],
      Operations['findGaps']['answer'],
      Operations['listCustomers']['answer'],
      Operations['summarizeCustomers']['answer'],
      Operations['getCustomer']['answer'],
      Operations['compareBalances']['answer'],
      Operations['getComparison']['answer'],
      Operations['listComparisons']['answer'],
      Operations['listCheckpoints']['answer'],
      Operations['getReceipt']['answer'],
      Operations['listReceipts']['answer'],
      Operations['getInvoiceProof']['answer'],
      Operations['verifyRoot']['answer'],
    ]
  >,
};

/*
 * Held at run time: what is sent is what the document takes.
 */

const TIME = new Date('2026-11-24T10:00:00.000Z');
const scope = { period: '2026-11', timePreset: 'custom', startDate: TIME, endDate: TIME } as const;
const wide = {
  ...scope,
  startingCheckpoint: 'rec_1',
  startingCheckpointType: 'recordId',
  at: TIME,
  asOf: TIME,
} as const;
const read = { consistency: 'eventual' } as const;
const page = { limit: 5, offset: 5 };
const details = {
  referenceId: 'r',
  metadata: { a: { b: [1] } },
  adjusts: { referenceId: 'r' },
  occurredAt: TIME,
};

/** Every call with everything that it can be told, and the operation that it is to be. */
const CALLS: Readonly<Record<string, (pac: PacSpace) => Promise<unknown>>> = {
  emitDelta: ({ balance }) => balance.emit('c', '0.10', 'why', { ...details, idempotencyKey: 'k' }),
  getDelta: ({ balance }) => balance.delta(`rec_${'0'.repeat(32)}`, read),
  emitBatch: ({ balance }) => balance.emitBatch([{ customerId: 'c', delta: 1, reason: 'why', ...details }]),
  deriveBalance: ({ balance }) =>
    balance.derive('c d/ü', {
      ...wide,
      ...read,
      ...page,
      startingBalance: '-12.50',
      granularity: 'week',
      groupBy: 'metadata.model',
      view: 'totals',
      cursor: 'x',
    }),
  getUsage: ({ balance }) => balance.usage({ ...read, period: '2026-11' }),
  getLimits: ({ balance }) => balance.limits(),
  findGaps: ({ balance }) => balance.gaps('c', { ...read, fromSequence: 1, toSequence: 2, limit: 3 }),
  listCustomers: ({ balance }) => balance.customers({ ...read, search: 'a&b', limit: 5, page: 2 }),
  summarizeCustomers: ({ balance }) => balance.customersSummary(read),
  getCustomer: ({ balance }) =>
    balance.customer('c', { ...read, period: '2026-11', deltaPage: 2, deltaLimit: 5 }),
  compareBalances: ({ balance }) =>
    balance.compare('c', { yours: 1, theirs: '1.5' }, { ...wide, startingBalance: 0 }),
  getComparison: ({ balance }) => balance.comparison(`cmp_${'0'.repeat(32)}`),
  listComparisons: ({ balance }) => balance.comparisons({ ...page, customerId: 'c', kind: 'balances' }),
  createCheckpoint: ({ balance }) =>
    balance.checkpoint('c', {
      ...scope,
      mode: 'subset',
      fingerprints: ['0'.repeat(64)],
      idempotencyKey: 'k',
    }),
  listCheckpoints: ({ balance }) => balance.listCheckpoints({ ...scope, ...page, customerId: 'c' }),
  getReceipt: ({ balance }) => balance.deltaReceipt(`rcp_${'0'.repeat(32)}`),
  listReceipts: ({ balance }) => balance.receipts('c', { limit: 5 }),
  getInvoiceProof: ({ balance }) => balance.receipt('c', scope),
  verifyRoot: (pac) => pac.verify('0'.repeat(64), { accessToken: 'x', limit: 5, cursor: 9 }),
};

describe("the SDK's surface", () => {
  it('offers what the operations take, and answers with what they answer (held by the compiler)', () => {
    expect(Object.values(held).every(Boolean)).toBe(true);
  });

  it.each(Object.entries(CALLS))(
    'sends %s as the document describes it, with all of its options',
    async (id, call) => {
      const unused = checkRequest(id, await record(call));
      // `results` is the emitter's; `source` is taken for older clients, and changes nothing.
      expect(unused.filter((name) => name !== 'source' && name !== 'results')).toEqual([]);
    },
  );
});

/** The request of a call, whatever becomes of it. */
async function record(call: (pac: PacSpace) => Promise<unknown>) {
  const sent: { method: string; url: string; body: unknown }[] = [];
  const pac = new PacSpace({
    apiKey: 'pk_test_a.b',
    baseUrl: 'http://localhost:1',
    fetch: (url, init) => {
      const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : undefined;
      sent.push({ method: init?.method ?? '', url: url as string, body });
      return Promise.resolve(new Response('{"success":false,"error":{"message":"no"}}', { status: 400 }));
    },
  });
  await expect(call(pac)).rejects.toThrow('no');
  expect(sent).toHaveLength(1);
  return sent[0]!;
}
