import {
  formatReceiptProof,
  formatVerifierKey,
  parseNote,
  type ProofText,
  type Receipt,
  type Seal,
  type Statement,
} from '@pacspace/proof';
import {
  chosen,
  entryProofOf,
  headOf,
  inPeriod,
  inWindow,
  LOG,
  LOG_SIGNER,
  OLD_SIGNER,
  OTHER_SIGNER,
  type Recorded,
  RECORDS,
  sealOf,
  sealProofOf,
  SEALS,
} from './cast.js';
import { witnessedHead } from './make-log-vectors.js';
import { flip } from './make-tree-vectors.js';

const KEYS = [formatVerifierKey(LOG_SIGNER.key)];

/** What each step must come to; those that are not named hold. */
interface Expected {
  readonly verdict: 'proven' | 'incomplete' | 'refused' | 'malformed';
  readonly refused?: readonly string[];
  readonly unchecked?: readonly string[];
}
const proven: Expected = { verdict: 'proven' };
const malformed: Expected = { verdict: 'malformed' };
const refused = (...steps: string[]): Expected => ({ verdict: 'refused', refused: steps });
const incomplete = (...steps: string[]): Expected => ({ verdict: 'incomplete', unchecked: steps });

const flipAt = (proof: ProofText, at: number): ProofText => ({
  ...proof,
  hashes: proof.hashes.with(at, flip(proof.hashes[at]!)),
});

const receiptOf = async (recorded: Recorded, records: readonly Recorded[], seal: Seal): Promise<Receipt> => ({
  version: 1,
  ...recorded,
  entryProof: entryProofOf(records, recorded),
  seal,
  sealProof: sealProofOf(seal),
  checkpoint: await witnessedHead(),
});

export async function receiptVectors(): Promise<unknown> {
  const [october, november] = [inPeriod('2026-10'), inPeriod('2026-11')];
  const good = (await receiptOf(RECORDS[4]!, november, SEALS.november)) as Required<Receipt>;
  const late = (await receiptOf(RECORDS[6]!, november, SEALS.november)) as Required<Receipt>;
  const { checkpoint, content, entry, entryProof, seal, sealProof } = good;
  const undisclosed = { ...good, metadata: undefined, salt: undefined };
  const accepted = { version: 1, content: RECORDS[1]!.content };
  const recorded = { ...accepted, entry: RECORDS[1]!.entry };
  const sealed = { ...recorded, entryProof: entryProofOf(october, RECORDS[1]!), seal: SEALS.october };
  const byOther = await headOf(LOG.length, [OTHER_SIGNER]);
  const ofOther = await headOf(LOG.length, [OTHER_SIGNER], OTHER_SIGNER.key.name);
  const rotated = await headOf(LOG.length, [OLD_SIGNER]);
  const smaller = await headOf(7, [LOG_SIGNER]);
  const editedRoot = checkpoint.replace(
    /\n[A-Za-z0-9+/]{43}=\n/,
    `\n${Buffer.alloc(32).toString('base64')}\n`,
  );
  const editedSignature = checkpoint.replace(
    /(\u2014 \S+ )(.{20})(.)/,
    (_match, a: string, b: string, c: string) => a + b + (c === 'A' ? 'B' : 'A'),
  );
  const otherKeys = [formatVerifierKey(OTHER_SIGNER.key)];

  const cases: [string, unknown, Expected, string[]?][] = [
    ['a published delta of an open period', good, proven],
    ['the first delta', await receiptOf(RECORDS[0]!, october, SEALS.october), proven],
    [
      'counted in the month in which it happened, recorded in the next',
      await receiptOf(RECORDS[3]!, october, SEALS.october),
      proven,
    ],
    ['a late delta', late, proven],
    ['the last delta', await receiptOf(RECORDS[9]!, november, SEALS.november), proven],
    ['under a window', await receiptOf(RECORDS[6]!, inWindow, SEALS.window), proven],
    ['under a subset', await receiptOf(RECORDS[4]!, chosen, SEALS.subset), proven],
    ['metadata not disclosed', undisclosed, { verdict: 'proven', unchecked: ['metadata'] }],
    ['an older head', { ...good, sealProof: sealProofOf(SEALS.november, 7), checkpoint: smaller }, proven],
    [
      'a head signed by the old key, which is still trusted',
      { ...good, checkpoint: rotated },
      proven,
      [...KEYS, formatVerifierKey(OLD_SIGNER.key)],
    ],

    ['accepted', accepted, incomplete('entry', 'seal', 'log', 'signature')],
    ['recorded', recorded, incomplete('seal', 'log', 'signature')],
    ['sealed', sealed, incomplete('log', 'signature')],
    ['no keys', good, incomplete('signature'), []],
    ['a key that is not known', { ...good, checkpoint: rotated }, incomplete('signature')],
    [
      'signed by the key of another log',
      { ...good, checkpoint: byOther },
      incomplete('signature'),
      otherKeys,
    ],

    ['another amount', { ...good, content: { ...content, amount: '1000000001' } }, refused('entry')],
    ['another reason', { ...good, content: { ...content, reason: 'x' } }, refused('entry')],
    [
      'another customer',
      { ...good, content: { ...content, customerId: 'customer_002' } },
      refused('entry', 'seal'),
    ],
    [
      'a correction that names nothing',
      { ...good, content: { ...content, adjusts: RECORDS[1]!.content.recordId } },
      refused('entry'),
    ],
    ['other metadata', { ...good, metadata: { ...good.metadata, a: 1 } }, refused('metadata')],
    ['another salt', { ...good, salt: flip(good.salt) }, refused('metadata')],
    ['metadata where there is none', { ...late, metadata: {}, salt: good.salt }, refused('metadata')],
    ['another balance', { ...good, entry: { ...entry, balance: '1000000081' } }, refused('seal')],
    ['another index', { ...good, entry: { ...entry, index: 3 } }, refused('seal')],
    [
      'another time of recording',
      { ...good, entry: { ...entry, recordedAt: '2026-11-02T10:00:00.001Z' } },
      refused('seal'),
    ],
    ['another month', { ...good, entry: { ...entry, period: '2026-12' } }, refused('entry', 'seal')],
    ['late without reason', { ...good, entry: { ...entry, late: true } }, refused('entry', 'seal')],
    ['late no longer said', { ...late, entry: { ...late.entry, late: undefined } }, refused('entry', 'seal')],
    ['the entry of another delta', { ...good, entry: RECORDS[5]!.entry }, refused('entry', 'seal')],
    ['another place in the tree', { ...good, entryProof: { ...entryProof, leafIndex: 0 } }, refused('seal')],
    ['another tree size', { ...good, entryProof: { ...entryProof, treeSize: 8 } }, refused('seal')],
    ['no hashes', { ...good, entryProof: { ...entryProof, hashes: [] } }, refused('seal')],
    [
      'a hash too many',
      { ...good, entryProof: { ...entryProof, hashes: [...entryProof.hashes, seal.root] } },
      refused('seal'),
    ],
    ...entryProof.hashes.map((_hash, i): [string, unknown, Expected] => [
      `one bit of hash ${i} of the entry`,
      { ...good, entryProof: flipAt(entryProof, i) },
      refused('seal'),
    ]),
    [
      'the seal of another month',
      { ...good, seal: SEALS.october, sealProof: sealProofOf(SEALS.october) },
      refused('seal'),
    ],
    ['another closing balance', { ...good, seal: { ...seal, closingBalance: '0' } }, refused('log')],
    [
      'another customer in the seal',
      { ...good, seal: { ...seal, customerId: 'customer_002' } },
      refused('seal', 'log'),
    ],
    [
      'another root in the seal',
      { ...good, seal: { ...seal, root: flip(seal.root) } },
      refused('seal', 'log'),
    ],
    ['another count in the seal', { ...good, seal: { ...seal, count: 6 } }, refused('seal', 'log')],
    ['other indexes in the seal', { ...good, seal: { ...seal, lastIndex: 8 } }, refused('seal', 'log')],
    ['an open seal called final', { ...good, seal: { ...seal, final: true } }, refused('log')],
    [
      'another origin in the seal',
      { ...good, seal: { ...seal, origin: 'log.other.example' } },
      refused('log'),
    ],
    ['another place in the log', { ...good, sealProof: { ...sealProof, leafIndex: 6 } }, refused('log')],
    ['another size of the log', { ...good, sealProof: { ...sealProof, treeSize: 12 } }, refused('log')],
    ...sealProof.hashes.map((_hash, i): [string, unknown, Expected] => [
      `one bit of hash ${i} of the seal`,
      { ...good, sealProof: flipAt(sealProof, i) },
      refused('log'),
    ]),
    ['another root in the head', { ...good, checkpoint: editedRoot }, refused('log', 'signature')],
    ['another signature', { ...good, checkpoint: editedSignature }, refused('signature')],
    ['the head of another log', { ...good, checkpoint: ofOther }, refused('log'), otherKeys],

    ['another version', { ...good, version: 2 }, malformed],
    ['an unknown member', { ...good, note: '' }, malformed],
    ['no content', { ...good, content: undefined }, malformed],
    ['an amount with needless zeros', { ...good, content: { ...content, amount: '1.0' } }, malformed],
    ['an entry that is null', { ...recorded, entry: null }, malformed],
    ['metadata without salt', { ...good, salt: undefined }, malformed],
    ['salt without metadata', { ...good, metadata: undefined }, malformed],
    ['metadata that is a list', { ...good, metadata: [] }, malformed],
    ['a seal without an entry', { ...good, entry: undefined }, malformed],
    ['a seal without a proof', { ...sealed, entryProof: undefined }, malformed],
    ['a checkpoint without a seal', { ...good, seal: undefined, entryProof: undefined }, malformed],
    ['a checkpoint without a proof', { ...good, sealProof: undefined }, malformed],
    [
      'a hash in upper case',
      { ...good, entryProof: { ...entryProof, hashes: entryProof.hashes.map((hash) => hash.toUpperCase()) } },
      malformed,
    ],
    ['a negative place', { ...good, entryProof: { ...entryProof, leafIndex: -1 } }, malformed],
    [
      '65 hashes',
      { ...good, entryProof: { ...entryProof, hashes: Array<string>(65).fill(seal.root) } },
      malformed,
    ],
    ['a checkpoint that is not signed', { ...good, checkpoint: parseNote(checkpoint).text }, malformed],
    ['a note that is no checkpoint', { ...good, checkpoint: checkpoint.replace(/^.*\n.*\n/, '') }, malformed],
    ['not an object', [good], malformed],
  ];
  return {
    cases: cases.map(([name, receipt, expected, keys = KEYS]) => ({ name, receipt, keys, expected })),
    asText: { receipt: good, text: formatReceiptProof(good) },
  };
}

export async function statementVectors(): Promise<unknown> {
  const published = async (seal: Seal) => ({
    seal,
    sealProof: sealProofOf(seal),
    checkpoint: await witnessedHead(),
  });
  const [october, november] = [inPeriod('2026-10'), inPeriod('2026-11')];
  const good: Statement = { version: 1, records: november, ...(await published(SEALS.november)) };
  const window: Statement = { version: 1, records: inWindow, ...(await published(SEALS.window)) };
  const subset: Statement = { version: 1, records: chosen, ...(await published(SEALS.subset)) };
  const change = (at: number, part: Partial<Recorded>) => ({
    ...good,
    records: november.with(at, { ...november[at]!, ...part }),
  });
  const { content, entry } = november[2]!;
  const without = (at: number) => ({ ...good, records: november.toSpliced(at, 1) });
  // A forger who may choose everything but the signature: his statement adds up and has its own root.
  const fewer = november.toSpliced(3, 1);
  const forged = {
    ...good,
    records: fewer,
    seal: { ...sealOf(fewer, SEALS.november), closingBalance: '-0.75' },
  };
  const swapped = { ...subset, records: chosen.with(0, RECORDS[0]!) };

  const cases: [string, unknown, Expected, string[]?][] = [
    ['a month', { version: 1, records: october, ...(await published(SEALS.october)) }, proven],
    ['an open month', good, proven],
    ['a window', window, proven],
    ['a subset', subset, proven],
    ['nothing in it', { version: 1, records: [], ...(await published(SEALS.empty)) }, proven],
    [
      'metadata not disclosed',
      { ...good, records: november.map(({ content: c, entry: e }) => ({ content: c, entry: e })) },
      proven,
    ],
    [
      'not published',
      { version: 1, records: november, seal: SEALS.november },
      incomplete('log', 'signature'),
    ],
    ['no keys', good, incomplete('signature'), []],
    [
      'another amount',
      change(2, { content: { ...content, amount: '-999999999.5' } }),
      refused('records', 'balance'),
    ],
    ['another reason', change(2, { content: { ...content, reason: 'x' } }), refused('records')],
    ['another balance', change(2, { entry: { ...entry, balance: '80.5' } }), refused('balance', 'seal')],
    ['other metadata', change(1, { metadata: {} }), refused('records')],
    ['a record left out', without(3), refused('records', 'balance', 'seal')],
    [
      'a record twice',
      { ...good, records: november.toSpliced(3, 0, november[3]!) },
      refused('records', 'balance', 'seal'),
    ],
    [
      'two records swapped',
      { ...good, records: november.with(2, november[3]!).with(3, november[2]!) },
      refused('records', 'seal'),
    ],
    [
      'a record of another month',
      { ...good, records: [october[0]!, ...november] },
      refused('records', 'balance', 'seal'),
    ],
    [
      'another closing balance',
      { ...good, seal: { ...SEALS.november, closingBalance: '0' } },
      refused('balance', 'log'),
    ],
    [
      'balances shifted together',
      { ...good, seal: { ...SEALS.november, openingBalance: '81.000000000001', closingBalance: '0' } },
      refused('log'),
    ],
    ['a record left out, sealed anew', forged, refused('log')],
    ['another choice', swapped, refused('records', 'balance', 'seal')],
    [
      'a window that is another',
      {
        ...window,
        seal: {
          ...SEALS.window,
          window: { asOf: 10, from: SEALS.window.window!.from, to: '2026-11-02T10:00:00.000Z' },
        },
      },
      refused('records', 'log'),
    ],
    ['another version', { ...good, version: 2 }, malformed],
    ['a record without an entry', { ...good, records: [{ content }] }, malformed],
    ['a record with another member', { ...good, records: [{ content, entry, proof: {} }] }, malformed],
    ['records that are no list', { ...good, records: {} }, malformed],
    ['no seal', { version: 1, records: [] }, malformed],
    ['a checkpoint without a proof', { ...good, sealProof: undefined }, malformed],
  ];
  return {
    cases: cases.map(([name, statement, expected, keys = KEYS]) => ({ name, statement, keys, expected })),
  };
}
