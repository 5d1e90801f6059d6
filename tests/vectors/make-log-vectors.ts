import {
  encodeBundle,
  formatNote,
  formatTlogProof,
  formatVerifierKey,
  keyIdOf,
  type Note,
  parseCheckpoint,
  parseNote,
  signNote,
  tilePath,
  toHex,
} from '@pacspace/proof';
import {
  headOf,
  LOG,
  LOG_SIGNER,
  logEntry,
  OLD_SIGNER,
  ORIGIN,
  OTHER_SIGNER,
  sealProofOf,
  SEALS,
} from './cast.js';
import { sha256 } from './naive-tree.js';

const LOG_KEY = formatVerifierKey(LOG_SIGNER.key);
const OLD_KEY = formatVerifierKey(OLD_SIGNER.key);
const OTHER_KEY = formatVerifierKey(OTHER_SIGNER.key);

/** A witness's line (type 0x04): eight bytes of time before the signature. No key for it is ever given. */
const WITNESS_LINE = {
  name: 'witness.example',
  id: keyIdOf(sha256, { name: 'witness.example', type: 4, publicKey: new Uint8Array(32) }),
  signature: new Uint8Array(72).fill(9),
};

const withLine = (note: string, line: Note['signatures'][number]): string => {
  const { text, signatures } = parseNote(note);
  return formatNote({ text, signatures: [...signatures, line] });
};

/** The head as the receipts carry it, witnessed by somebody whom nobody knows. */
export const witnessedHead = async (): Promise<string> =>
  withLine(await headOf(LOG.length, [LOG_SIGNER]), WITNESS_LINE);

export async function noteVectors(): Promise<unknown> {
  const text = 'Two lines,\n\nan empty one between them, é and 😀.\n';
  const note = await signNote(text, [LOG_SIGNER, OLD_SIGNER]);
  const one = await signNote(text, [LOG_SIGNER]);
  const line = one.slice(text.length + 1);
  const [, , base64 = ''] = line.trimEnd().split(' ');
  const verified = [
    { why: 'one known key of two', note, keys: [LOG_KEY], signers: [LOG_KEY] },
    { why: 'both keys known', note, keys: [OLD_KEY, LOG_KEY], signers: [LOG_KEY, OLD_KEY] },
    { why: 'an unknown witness', note: withLine(one, WITNESS_LINE), keys: [LOG_KEY], signers: [LOG_KEY] },
  ];
  const wrongLine = { name: ORIGIN, id: LOG_SIGNER.key.id, signature: new Uint8Array(64).fill(1) };
  const refused = [
    { why: 'the key is not known', note, keys: [OTHER_KEY], reason: 'no-known-key' },
    { why: 'no keys', note, keys: [], reason: 'no-known-key' },
    {
      why: 'the text was changed',
      note: note.replace('Two', 'two'),
      keys: [LOG_KEY],
      reason: 'bad-signature',
    },
    {
      why: 'a line was taken out',
      note: note.replace('\n\nan', '\nan'),
      keys: [LOG_KEY],
      reason: 'bad-signature',
    },
    {
      why: 'a known key signed badly, another well',
      note: withLine(note, wrongLine),
      keys: [LOG_KEY, OLD_KEY],
      reason: 'bad-signature',
    },
    {
      why: 'a signature of 63 bytes',
      note: formatNote({ text, signatures: [{ ...wrongLine, signature: new Uint8Array(63) }] }),
      keys: [LOG_KEY],
      reason: 'bad-signature',
    },
    ...Object.entries({
      'no signatures': text,
      'only the empty line': `${text}\n`,
      'no last newline': one.slice(0, -1),
      'a tab': one.replace('Two lines', 'Two\tlines'),
      'a carriage return': one.replace('lines,\n', 'lines,\r\n'),
      'a line that is no signature': `${one}more\n`,
      'a hyphen for the dash': `${text}\n${line.replace('\u2014', '-')}`,
      'two spaces': `${text}\n${line.replace(` ${base64}`, `  ${base64}`)}`,
      'a name with a plus': `${text}\n${line.replace(ORIGIN, 'a+b')}`,
      'a name with a no-break space': `${text}\n${line.replace(ORIGIN, 'a\u00a0b')}`,
      'no padding': `${text}\n${line.replace(/=+\n$/, '\n')}`,
      'only a key id': `${text}\n\u2014 a AAAAAA==\n`,
      '101 signatures': `${text}\n${line.repeat(101)}`,
    }).map(([why, malformed]) => ({ why, note: malformed, keys: [LOG_KEY], reason: 'malformed' })),
  ];
  const keys = [LOG_SIGNER, OLD_SIGNER, OTHER_SIGNER].map(({ key }) => ({
    verifierKey: formatVerifierKey(key),
    name: key.name,
    id: key.id,
    publicKey: toHex(key.publicKey),
  }));
  const refusedKeys = [
    LOG_KEY.replace('+', ''),
    LOG_KEY.slice(0, -1),
    LOG_KEY.replace(/^log/, 'lag'),
    LOG_KEY.toUpperCase(),
  ];
  return { keys, refusedKeys, verified, refused };
}

export async function checkpointVectors(): Promise<unknown> {
  const { text } = parseNote(await headOf(LOG.length, [LOG_SIGNER]));
  const [origin = '', size = '', root = ''] = text.split('\n');
  const texts = [text, `${origin}\n0\n${root}\n`, `one\n9007199254740991\n${root}\nextension one\nx\n`];
  return {
    valid: texts.map((checkpoint) => {
      const parsed = parseCheckpoint(checkpoint);
      return { text: checkpoint, ...parsed, root: toHex(parsed.root) };
    }),
    refused: Object.entries({
      'no last newline': text.slice(0, -1),
      'two lines': `${origin}\n${size}\n`,
      'no origin': `\n${size}\n${root}\n`,
      'an empty extension': `${text}\n`,
      'a leading zero': `${origin}\n0${size}\n${root}\n`,
      'a negative size': `${origin}\n-1\n${root}\n`,
      'a size past 2^53': `${origin}\n9007199254740993\n${root}\n`,
      'a root in hex': `${origin}\n${size}\n${'00'.repeat(32)}\n`,
      'a root of 31 bytes': `${origin}\n${size}\n${Buffer.alloc(31).toString('base64')}\n`,
      'a root without padding': `${origin}\n${size}\n${root.replace('=', '')}\n`,
    }).map(([why, malformed]) => ({ why, text: malformed })),
  };
}

export function tileVectors(): unknown {
  const tiles = [
    { level: 0, index: 0, width: 256 },
    { level: 0, index: 1_234_067, width: 256 },
    { level: 1, index: 1_000, width: 17 },
    { level: 63, index: 999, width: 255 },
    { level: 'entries' as const, index: 0, width: 1 },
    { level: 'entries' as const, index: 2 ** 53 - 1, width: 256 },
  ];
  const entries = [0, 1, 3].map(logEntry);
  return {
    paths: tiles.map((tile) => ({ path: tilePath(tile), ...tile })),
    refusedPaths: [
      'tile/0/0',
      'tile/0/0000',
      'tile/0/x000/001',
      'tile/0/001/000',
      'tile/00/000',
      'tile/64/000',
    ].concat(
      'tile/0/000.p/0',
      'tile/0/000.p/256',
      'tile/0/000.p/01',
      'tile/data/000',
      '/tile/0/000',
      'tile/0/000\n',
    ),
    bundles: [
      { entries: [], bundle: '' },
      { entries: ['', '61'], bundle: toHex(encodeBundle([new Uint8Array(0), Uint8Array.of(0x61)])) },
      { entries: entries.map(toHex), bundle: toHex(encodeBundle(entries)) },
    ],
    refusedBundles: ['00', '0001', '00016161', '000161ff', '00000002aa'],
  };
}

export async function tlogProofVectors(): Promise<unknown> {
  const checkpoint = await witnessedHead();
  const proof = sealProofOf(SEALS.october);
  const hashes = proof.hashes.map((hash) => Buffer.from(hash, 'hex'));
  const text = formatTlogProof({ index: proof.leafIndex, hashes, checkpoint });
  const withExtra = formatTlogProof({
    extra: Buffer.from('opaque'),
    index: proof.leafIndex,
    hashes,
    checkpoint,
  });
  const least = formatTlogProof({ index: 0, hashes: [], checkpoint: await headOf(1, [LOG_SIGNER]) });
  return {
    valid: [
      { text, index: proof.leafIndex, hashes: proof.hashes, checkpoint },
      {
        text: withExtra,
        extra: toHex(Buffer.from('opaque')),
        index: proof.leafIndex,
        hashes: proof.hashes,
        checkpoint,
      },
      { text: least, index: 0, hashes: [], checkpoint: await headOf(1, [LOG_SIGNER]) },
    ],
    refused: Object.entries({
      'another version': text.replace('@v1', '@v2'),
      'no index': text.replace(/index .*\n/, ''),
      'a leading zero': text.replace('index ', 'index 0'),
      'extra after index': withExtra.replace(/(extra .*\n)(index .*\n)/, '$2$1'),
      'a hash in hex': text.replace(/(index .*\n).*\n/, `$1${proof.hashes[0] ?? ''}\n`),
      'a hash of 31 bytes': text.replace(/(index .*\n).*\n/, `$1${Buffer.alloc(31).toString('base64')}\n`),
      '65 hashes': text.replace(
        /(index .*\n)(.*\n)/,
        (_, index: string, hash: string) => index + hash.repeat(65),
      ),
      'no checkpoint': text.slice(0, text.indexOf('\n\n') + 1),
      'an unsigned checkpoint': text.slice(0, text.indexOf('\u2014')),
    }).map(([why, malformed]) => ({ why, text: malformed })),
  };
}
