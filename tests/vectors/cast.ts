import {
  canonicalBytes,
  CompactRange,
  type Content,
  entryLeaf,
  type Entry,
  fingerprintOf,
  formatCheckpoint,
  metadataHash,
  metadataSalt,
  type NoteSigner,
  recordIdsOf,
  type Seal,
  sealLeaf,
  selectionRoot,
  signNote,
  toHex,
  verifierKeyOf,
} from '@pacspace/proof';
import { createHmac } from 'node:crypto';
import { keyFromSeed } from './ed25519.js';
import { naivePath, sha256 } from './naive-tree.js';

// The people of the vectors: one environment, its log and keys, and a customer whose history has every kind of delta.

export const ORIGIN = 'log.vectors.example/production';
export const ENVIRONMENT = 'env_vectors';
export const CUSTOMER = 'customer_001';
export const SALT_KEY = Buffer.from('00112233445566778899aabbccddeeff', 'hex');

export const signerOf = (name: string, seed: number): NoteSigner => {
  const { publicKey, sign } = keyFromSeed(Buffer.alloc(32, seed));
  return { key: verifierKeyOf(sha256, name, publicKey), sign };
};
export const LOG_SIGNER = signerOf(ORIGIN, 1);
export const OLD_SIGNER = signerOf(ORIGIN, 2);
export const OTHER_SIGNER = signerOf('log.other.example', 3);

export interface Recorded {
  readonly content: Content;
  readonly entry: Entry;
  readonly metadata?: Record<string, unknown>;
  readonly salt?: string;
}

interface Story {
  readonly amount: string;
  readonly reason: string;
  readonly recordedAt: string;
  readonly balance: string;
  readonly period: string;
  readonly occurredAt?: string;
  readonly late?: true;
  readonly referenceId?: string;
  /** Key of the delta that it corrects. */
  readonly adjusts?: string;
  readonly metadata?: Record<string, unknown>;
}

const idsOf = (customerId: string, idempotencyKey: string) =>
  recordIdsOf(sha256, { environmentId: ENVIRONMENT, customerId, idempotencyKey });

export const saltOf = (recordId: string): Uint8Array =>
  metadataSalt((data) => createHmac('sha256', SALT_KEY).update(data).digest(), recordId);

function record(index: number, { adjusts, metadata, ...told }: Story): Recorded {
  const { recordId } = idsOf(CUSTOMER, `key ${index}`);
  const salt = saltOf(recordId);
  const content: Content = {
    ...(adjusts !== undefined && { adjusts: idsOf(CUSTOMER, adjusts).recordId }),
    amount: told.amount,
    customerId: CUSTOMER,
    ...(metadata !== undefined && { metadataHash: metadataHash(sha256, salt, metadata) }),
    ...(told.occurredAt !== undefined && { occurredAt: told.occurredAt }),
    reason: told.reason,
    recordId,
    ...(told.referenceId !== undefined && { referenceId: told.referenceId }),
    v: 1,
  };
  const entry: Entry = {
    balance: told.balance,
    fingerprint: fingerprintOf(sha256, content),
    index,
    ...(told.late !== undefined && { late: told.late }),
    period: told.period,
    recordedAt: told.recordedAt,
    v: 1,
  };
  return { content, entry, ...(metadata !== undefined && { metadata, salt: toHex(salt) }) };
}

const OCTOBER = '2026-10';
const NOVEMBER = '2026-11';

/** Balances are written down, not computed: they check the sums of whoever reads the vectors. */
export const RECORDS: readonly Recorded[] = (
  [
    {
      amount: '100',
      reason: 'initial-deposit',
      recordedAt: '2026-10-03T08:00:00.000Z',
      balance: '100',
      period: OCTOBER,
      referenceId: 'txn-1',
      metadata: { source: 'guide', note: 'First delta!' },
    },
    {
      amount: '-12.5',
      reason: 'inference',
      recordedAt: '2026-10-31T23:59:59.999Z',
      balance: '87.5',
      period: OCTOBER,
    },
    {
      amount: '-0.000000000001',
      reason: 'smallest',
      recordedAt: '2026-11-01T00:00:00.000Z',
      balance: '87.499999999999',
      period: NOVEMBER,
    },
    {
      amount: '-7.499999999999',
      reason: 'token-usage',
      recordedAt: '2026-11-01T00:20:00.000Z',
      occurredAt: '2026-10-31T23:58:00.250Z',
      balance: '80',
      period: OCTOBER,
    },
    {
      amount: '1000000000',
      reason: 'größte Gutschrift 😀',
      recordedAt: '2026-11-02T10:00:00.000Z',
      balance: '1000000080',
      period: NOVEMBER,
      metadata: { z: [1, 2.5, 1e21, 1e-7, null], é: { '😀': true, '\ufb33': '\u2028' }, a: -0 },
    },
    {
      amount: '-999999999.75',
      reason: 'reversal',
      recordedAt: '2026-11-02T10:00:00.001Z',
      balance: '80.25',
      period: NOVEMBER,
      adjusts: 'key 4',
      referenceId: 'credit note "7"',
    },
    {
      amount: '-0.25',
      reason: 'late usage',
      recordedAt: '2026-11-05T12:00:00.000Z',
      occurredAt: '2026-10-30T01:02:03.004Z',
      balance: '80',
      period: NOVEMBER,
      late: true,
    },
    {
      amount: '-30',
      reason: 'inference',
      recordedAt: '2026-11-09T09:09:09.090Z',
      balance: '50',
      period: NOVEMBER,
      metadata: {},
    },
    {
      amount: '-50',
      reason: 'inference',
      recordedAt: '2026-11-20T00:00:00.000Z',
      occurredAt: '2026-11-19T23:00:00.000Z',
      balance: '0',
      period: NOVEMBER,
    },
    {
      amount: '-1',
      reason: 'inference',
      recordedAt: '2026-11-24T03:19:53.123Z',
      balance: '-1',
      period: NOVEMBER,
    },
  ] satisfies Story[]
).map((told, index) => record(index, told));

/** The seal of some records, its balances given; `root`, indexes and `count` follow. */
export function sealOf(
  records: readonly Recorded[],
  told: Omit<Seal, 'count' | 'firstIndex' | 'lastIndex' | 'root' | 'origin' | 'v' | 'customerId'> & {
    customerId?: string;
    origin?: string;
  },
): Seal {
  const range = CompactRange.empty(sha256);
  for (const { entry } of records) range.append(entryLeaf(sha256, entry));
  const [first, last] = [records[0], records.at(-1)];
  return {
    customerId: CUSTOMER,
    origin: ORIGIN,
    ...told,
    count: records.length,
    ...(first !== undefined &&
      last !== undefined && { firstIndex: first.entry.index, lastIndex: last.entry.index }),
    root: toHex(range.root()),
    v: 1,
  };
}

export const inPeriod = (period: string): Recorded[] =>
  RECORDS.filter(({ entry }) => entry.period === period);
export const FROM = '2026-10-30T00:00:00.000Z';
export const TO = '2026-11-02T10:00:00.001Z';
export const inWindow = RECORDS.filter(({ content, entry }) => {
  const happened = content.occurredAt ?? entry.recordedAt;
  return happened >= FROM && happened < TO;
});
export const chosen = RECORDS.filter((_, index) => [1, 4, 9].includes(index));

export const SEALS = {
  october: sealOf(inPeriod(OCTOBER), {
    period: OCTOBER,
    final: true,
    openingBalance: '0',
    closingBalance: '80.000000000001',
    sealedAt: '2026-11-02T00:00:00.000Z',
  }),
  november: sealOf(inPeriod(NOVEMBER), {
    period: NOVEMBER,
    final: false,
    openingBalance: '80.000000000001',
    closingBalance: '-1',
    sealedAt: '2026-11-24T04:00:00.000Z',
  }),
  window: sealOf(inWindow, {
    window: { asOf: 10, from: FROM, to: TO },
    final: false,
    openingBalance: '100',
    closingBalance: '1000000079.75',
    sealedAt: '2026-11-24T04:00:01.000Z',
  }),
  subset: sealOf(chosen, {
    subset: {
      asOf: 10,
      fingerprintsRoot: toHex(
        selectionRoot(
          sha256,
          chosen.map(({ entry }) => entry.fingerprint),
        ),
      ),
    },
    final: false,
    openingBalance: '0',
    closingBalance: '999999986.5',
    sealedAt: '2026-11-24T04:00:02.000Z',
  }),
  empty: sealOf([], {
    period: '2026-12',
    final: false,
    openingBalance: '-1',
    closingBalance: '-1',
    sealedAt: '2026-12-01T00:00:00.000Z',
  }),
};
export type SealName = keyof typeof SEALS;

/** The log: other customers' seals stand between ours. */
export const LOG: readonly Seal[] = [
  ...['a', 'b', 'c'].map((name) => ({ ...SEALS.empty, customerId: `other_${name}` })),
  SEALS.october,
  { ...SEALS.empty, customerId: 'other_d' },
  SEALS.november,
  SEALS.window,
  SEALS.subset,
  ...['e', 'f', 'g'].map((name) => ({ ...SEALS.empty, customerId: `other_${name}` })),
  SEALS.empty,
  { ...SEALS.empty, customerId: 'other_h' },
];
const logLeaves = LOG.map((seal) => sealLeaf(sha256, seal));

/** The head over the first `size` seals, signed. */
export async function headOf(size: number, signers: readonly NoteSigner[], origin = ORIGIN): Promise<string> {
  const range = CompactRange.empty(sha256);
  for (const leaf of logLeaves.slice(0, size)) range.append(leaf);
  return signNote(formatCheckpoint({ origin, size, root: range.root(), extensions: [] }), signers);
}

/** Entry i of the log, as it stands in a bundle. */
export const logEntry = (i: number): Uint8Array => canonicalBytes(LOG[i]);

export function sealProofOf(seal: Seal, size = LOG.length) {
  const leafIndex = LOG.indexOf(seal);
  return { leafIndex, treeSize: size, hashes: naivePath(leafIndex, logLeaves.slice(0, size)).map(toHex) };
}

export function entryProofOf(records: readonly Recorded[], recorded: Recorded) {
  const leaves = records.map(({ entry }) => entryLeaf(sha256, entry));
  const leafIndex = records.indexOf(recorded);
  return { leafIndex, treeSize: leaves.length, hashes: naivePath(leafIndex, leaves).map(toHex) };
}
