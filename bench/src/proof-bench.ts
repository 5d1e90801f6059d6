import { hash } from 'node:crypto';
import { canonicalEntry, periodOf } from '@pacspace/domain';
import { createLedgerPool } from '@pacspace/ledger';
import { sha256, verifySignature } from '@pacspace/node-crypto';
import {
  CompactRange,
  leafHashOfText,
  parseReceipt,
  parseVerifierKey,
  type Receipt,
  type VerifierKey,
  verifyReceipt,
} from '@pacspace/proof';
import { growTree, type GrownTree, writeTrees } from './grown-trees.js';
import { get, percentile, post } from './load.js';
import type { Figure } from './report.js';
import { System } from './system.js';

export interface ProofBenchOptions {
  /** Of the tree whose entries are proven. */
  readonly leaves?: number;
  /** Of the trees that are sealed. */
  readonly sealedLeaves?: number;
}

const ENVIRONMENT = 'env_demo_test';
const PROVEN = 'proven';
const LANES = 4;
/** Seals of each size; the middle one counts. */
const SEALS = 21;
const RECEIPTS = 1_000;
/** Tiles of the large tree whose entries are there: receipts are asked for all over it. */
const TILES = 100;
const LEAVES_HASHED = 1_000_000;
const UNIT = 10n ** 12n;

/**
 * (h) What proofs cost: leaves hashed and appended, against SHA-256 of the same texts; a seal of a month that holds a
 * million deltas, against one that holds a single one; receipts of single deltas of a tree of ten million, over HTTP,
 * each with its two proofs and verified by the gateway before it leaves; and verifying such a receipt.
 */
export async function benchProofs(options: ProofBenchOptions = {}): Promise<Figure[]> {
  const { leaves = 10_000_000, sealedLeaves = 1_000_000 } = options;
  const hashed = measureLeaves(LEAVES_HASHED);
  const system = await System.start();
  try {
    const proven = growTree({ environmentId: ENVIRONMENT, customerId: PROVEN, leaves, tiles: TILES });
    await writeAll(system, proven, sealedLeaves);
    system.env['DATA_DIR'] = system.dir;
    await system.startApp('checkpointer');
    await system.startApp('gateway');
    const large = await measureSeals(system, 'large');
    const small = await measureSeals(system, 'small');
    await seal(system, PROVEN);
    const { timesMs, receipts } = await measureReceipts(system, proven);
    return [
      hashed,
      {
        id: 'h.seal.large',
        what: `a month of ${sealedLeaves.toLocaleString('en')} deltas sealed, over HTTP`,
        value: large,
        unit: 'ms',
        ceiling: { what: 'a month of one delta', value: small },
      },
      ...describeReceipts(timesMs, leaves),
      await measureVerification(system, receipts),
    ];
  } finally {
    await system.stop();
  }
}

async function writeAll(system: System, proven: GrownTree, sealedLeaves: number): Promise<void> {
  const pool = createLedgerPool({ url: system.env['DATABASE_URL'] ?? '', name: 'bench', max: 1 });
  try {
    const ofSize = (name: string, size: number): GrownTree[] => {
      // A seal reads what is known of the month, and none of its entries.
      const { frontier } = growTree({ environmentId: ENVIRONMENT, customerId: name, leaves: size, tiles: 1 });
      return Array.from({ length: SEALS }, (_, i) => ({
        ...{ customerId: `${name}_${i}`, frontier, leaves: size, entries: [], nodes: [] },
      }));
    };
    const trees = [proven, ...ofSize('large', sealedLeaves), ...ofSize('small', 1)];
    await writeTrees(pool, { environmentId: ENVIRONMENT, lanes: LANES }, trees);
  } finally {
    await pool.end();
  }
}

const apiOf = (system: System): string => `${system.apps.get('gateway')?.baseUrl}/api/v1/balance`;

async function seal(system: System, customerId: string): Promise<void> {
  const headers = { 'content-type': 'application/json', 'x-api-key': system.apiKey };
  await post(`${apiOf(system)}/checkpoint`, headers, Buffer.from(JSON.stringify({ customerId })));
}

async function measureSeals(system: System, name: string): Promise<number> {
  const timesMs: number[] = [];
  for (let i = 0; i < SEALS; i += 1) {
    const startedAt = performance.now();
    await seal(system, `${name}_${i}`);
    timesMs.push(performance.now() - startedAt);
  }
  return percentile(timesMs, 0.5);
}

async function measureReceipts(
  system: System,
  { entries }: GrownTree,
): Promise<{ readonly timesMs: number[]; readonly receipts: Receipt[] }> {
  const keys = { 'x-api-key': system.apiKey };
  const ask = async (number: number): Promise<Receipt | undefined> => {
    // All over the tree, in no order that a cache would like.
    const entry = entries[(number * 7_919) % entries.length];
    const text = await get(`${apiOf(system)}/receipts/rcp_${entry?.recordKey}`, keys);
    const { data } = JSON.parse(text) as { readonly data: { receiptState: string; receipt: unknown } };
    return data.receiptState === 'published' ? parseReceipt(data.receipt) : undefined;
  };
  // The head that covers the seal comes within a second or two.
  for (let i = 0; (await ask(i)) === undefined && i < 100; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const timesMs: number[] = [];
  const receipts: Receipt[] = [];
  for (let number = 0; number < RECEIPTS; number += 1) {
    const startedAt = performance.now();
    const receipt = await ask(number);
    timesMs.push(performance.now() - startedAt);
    if (receipt === undefined) throw new Error('a receipt that was published is not any more');
    receipts.push(receipt);
  }
  return { timesMs, receipts };
}

function describeReceipts(timesMs: readonly number[], leaves: number): Figure[] {
  const what = `receipt of one delta of ${leaves.toLocaleString('en')}, over HTTP`;
  return [
    { id: 'h.receipt.p50', what, value: percentile(timesMs, 0.5), unit: 'ms' },
    { id: 'h.receipt.p99', what: `${what}, 99 of 100`, value: percentile(timesMs, 0.99), unit: 'ms' },
  ];
}

/** As the command line does, with the log's key. @throws Error unless each is proven. */
async function measureVerification(system: System, receipts: readonly Receipt[]): Promise<Figure> {
  const text = await get(`${system.apps.get('gateway')?.baseUrl}/.well-known/pacspace-log-keys`, {});
  const published = JSON.parse(text) as { readonly keys: readonly { readonly verifierKey: string }[] };
  const keys: VerifierKey[] = published.keys.map(({ verifierKey }) => parseVerifierKey(sha256, verifierKey));
  const timesMs: number[] = [];
  for (const receipt of receipts) {
    const startedAt = performance.now();
    const { verdict } = await verifyReceipt(receipt, { sha256, verifySignature, keys });
    timesMs.push(performance.now() - startedAt);
    if (verdict !== 'proven') throw new Error(`a receipt is ${verdict}`);
  }
  return {
    id: 'h.receipt.verify.p99',
    what: 'such a receipt verified, signature included, 99 of 100',
    value: percentile(timesMs, 0.99),
    unit: 'ms',
    target: { kind: 'value', max: 5 },
  };
}

/** Entries hashed and appended, as the projector does for every delta, against SHA-256 of texts as long as theirs. */
function measureLeaves(leaves: number): Figure {
  const fingerprint = 'f'.repeat(64);
  const period = periodOf(Date.now());
  const texts = Array.from({ length: 1_000 }, (_, index) =>
    canonicalEntry({
      ...{ index, fingerprint, balance: BigInt(index) * UNIT, late: false },
      ...{ period, recordedAtMs: Date.now() },
    }),
  );
  const perSecond = (work: (text: string) => void): number => {
    const startedAt = performance.now();
    for (let i = 0; i < leaves; i += 1) work(texts[i % texts.length] ?? '');
    return leaves / ((performance.now() - startedAt) / 1000);
  };
  const range = CompactRange.empty(sha256);
  const ceiling = perSecond((text) => hash('sha256', text, 'binary'));
  const built = perSecond((text) => range.append(leafHashOfText(sha256, text)));
  return {
    id: 'h.leaves',
    what: 'leaves of a tree, hashed and appended',
    value: built,
    unit: 'leaves/s',
    ceiling: { what: 'SHA-256 of the same texts', value: ceiling },
    target: { kind: 'ratio', min: 0.3 },
  };
}
