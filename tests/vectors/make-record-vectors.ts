import {
  canonicalize,
  type Content,
  type Entry,
  entryLeaf,
  fingerprintOf,
  receiptIdOf,
  recordIdsOf,
  type Seal,
  sealLeaf,
  selectionRoot,
  toHex,
} from '@pacspace/proof';
import { chosen, CUSTOMER, ENVIRONMENT, RECORDS, SALT_KEY, saltOf, SEALS } from './cast.js';
import { sha256 } from './naive-tree.js';

/** What a record is not allowed to be; each change alone makes it malformed. */
type Changes = Record<string, Record<string, unknown>>;

const ANY_RECORD: Changes = {
  'another version': { v: 2 },
  'a version as text': { v: '1' },
  'an unknown member': { note: 'x' },
};

const CONTENT_CHANGES: Changes = {
  ...ANY_RECORD,
  ...Object.fromEntries(
    ['1.0', '01', '+1', '-0', '1e3', '1.', '.5', '', ' 1', '1\n', '0.0000000000001', '٣'].map((amount) => [
      `the amount ${JSON.stringify(amount)}`,
      { amount },
    ]),
  ),
  'an amount that is a number': { amount: 1 },
  'a customer id with a slash': { customerId: 'a/b' },
  'a customer id with a newline': { customerId: 'a\n' },
  'a customer id of 129': { customerId: 'a'.repeat(129) },
  'no reason': { reason: '' },
  'a reason with a lone surrogate': { reason: '\ud83d' },
  'a record id in upper case': { recordId: `rec_${'AB'.repeat(16)}` },
  'a receipt id as record id': { recordId: `rcp_${'ab'.repeat(16)}` },
  'a reference that is null': { referenceId: null },
  'an empty reference': { referenceId: '' },
  'a metadata hash in upper case': { metadataHash: 'AB'.repeat(32) },
  ...Object.fromEntries(
    [
      '2026-11-24T03:19:53Z',
      '2026-11-24T03:19:53.12Z',
      '2026-11-24T03:19:53.123+00:00',
      '2026-11-24 03:19:53.123Z',
    ]
      .concat(
        '2026-02-30T00:00:00.000Z',
        '2026-11-24T24:00:00.000Z',
        '2026-06-30T23:59:60.000Z',
        '0000-01-01T00:00:00.000Z',
      )
      .concat('2026-11-24T03:19:53.123z', '2025-02-29T00:00:00.000Z')
      .map((occurredAt) => [`the time ${occurredAt}`, { occurredAt }]),
  ),
};

const ENTRY_CHANGES: Changes = {
  ...ANY_RECORD,
  'late: false': { late: false },
  'an index of -1': { index: -1 },
  'an index of 0.5': { index: 0.5 },
  'an index past 2^53': { index: 2 ** 53 },
  'an index as text': { index: '1' },
  'a balance with needless zeros': { balance: '1.50' },
  'a month 13': { period: '2026-13' },
  'a month 00': { period: '2026-00' },
  'a short fingerprint': { fingerprint: 'ab' },
};

const SEAL_CHANGES: Changes = {
  ...ANY_RECORD,
  'two scopes': { window: { asOf: 10, from: '2026-10-01T00:00:00.000Z', to: '2026-11-01T00:00:00.000Z' } },
  'entries without indexes': { count: 0 },
  'more entries than indexes': { count: 9 },
  'a last index before the first': { lastIndex: 0, firstIndex: 1 },
  'an origin of two lines': { origin: 'a\nb' },
  'no origin': { origin: '' },
  'final as text': { final: 'true' },
  'a root of 31 bytes': { root: 'ab'.repeat(31) },
};

const without = (record: object, member: string): unknown =>
  Object.fromEntries(Object.entries(record).filter(([name]) => name !== member));

const refusals = (record: object, changes: Changes) => [
  ...Object.entries(changes).map(([why, change]) => ({ why, record: { ...record, ...change } })),
  ...[
    'v',
    ...Object.keys(record).filter((name) => ['amount', 'balance', 'count', 'final', 'root'].includes(name)),
  ].map((member) => ({ why: `no ${member}`, record: without(record, member) })),
];

export function recordVectors(): unknown {
  const [content, entry, seal] = [RECORDS[0]!.content, RECORDS[0]!.entry, SEALS.october];
  const unscoped = without(SEALS.october, 'period');
  const contents: Content[] = RECORDS.map((recorded) => recorded.content);
  const entries: Entry[] = RECORDS.map((recorded) => recorded.entry);
  const seals: Seal[] = Object.values(SEALS);
  return {
    ids: [
      ['env', 'customer', 'key'],
      [ENVIRONMENT, CUSTOMER, 'key 0'],
      [ENVIRONMENT, CUSTOMER, 'a\nkey, é, 😀'],
      [ENVIRONMENT, CUSTOMER, ''],
    ].map(([environmentId = '', customerId = '', idempotencyKey = '']) => {
      const scope = { environmentId, customerId, idempotencyKey };
      return { ...scope, ...recordIdsOf(sha256, scope) };
    }),
    contents: contents.map((record) => ({
      record,
      receiptId: receiptIdOf(record.recordId),
      canonical: canonicalize(record),
      fingerprint: fingerprintOf(sha256, record),
    })),
    saltKey: toHex(SALT_KEY),
    metadata: RECORDS.filter(({ metadata }) => metadata !== undefined).map((recorded) => ({
      recordId: recorded.content.recordId,
      salt: toHex(saltOf(recorded.content.recordId)),
      metadata: recorded.metadata,
      canonical: canonicalize(recorded.metadata),
      metadataHash: recorded.content.metadataHash,
    })),
    entries: entries.map((record) => ({
      record,
      canonical: canonicalize(record),
      leaf: toHex(entryLeaf(sha256, record)),
    })),
    seals: seals.map((record) => ({
      record,
      canonical: canonicalize(record),
      leaf: toHex(sealLeaf(sha256, record)),
    })),
    selections: [
      [],
      entries.slice(0, 1),
      chosen.map((recorded) => recorded.entry),
      [...entries, ...entries],
    ].map((selected) => {
      const fingerprints = selected.map(({ fingerprint }) => fingerprint);
      return { fingerprints, root: toHex(selectionRoot(sha256, fingerprints)) };
    }),
    refused: {
      content: refusals(content, CONTENT_CHANGES),
      entry: refusals(entry, ENTRY_CHANGES),
      seal: [
        ...refusals(seal, SEAL_CHANGES),
        { why: 'no scope', record: unscoped },
        { why: 'a window that closes', record: { ...SEALS.window, final: true } },
        {
          why: 'a window that ends before it begins',
          record: { ...SEALS.window, window: { ...SEALS.window.window, to: SEALS.window.window?.from } },
        },
        {
          why: 'a window with another member',
          record: { ...SEALS.window, window: { ...SEALS.window.window, x: 1 } },
        },
        {
          why: 'a window before its entries',
          record: { ...SEALS.window, window: { ...SEALS.window.window, asOf: 6 } },
        },
        { why: 'a window that is a list', record: { ...SEALS.window, window: [] } },
        { why: 'a subset with an opening balance', record: { ...SEALS.subset, openingBalance: '1' } },
        { why: 'an empty seal with indexes', record: { ...SEALS.empty, firstIndex: 0, lastIndex: 0 } },
      ],
    },
  };
}
