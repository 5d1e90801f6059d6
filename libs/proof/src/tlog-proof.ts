import { fromBase64, toBase64 } from './bytes.js';
import { parseCount } from './checkpoint.js';
import { ProofError } from './errors.js';
import { HASH_BYTES } from './leaf.js';
import { parseNote } from './note.js';

/** A proof that a log holds an entry, readable offline (c2sp.org/tlog-proof). */
export interface TlogProof {
  /** Not authenticated by the proof: data from which the entry can be made again. */
  readonly extra?: Uint8Array;
  /** The entry's place in the log. */
  readonly index: number;
  /** Inclusion proof in the tree of the checkpoint's size. */
  readonly hashes: readonly Uint8Array[];
  /** The checkpoint's signed note, verbatim. */
  readonly checkpoint: string;
}

const HEADER = 'c2sp.org/tlog-proof@v1';

/** Path lengths end at the 2^53 leaves that we count to; anything longer is no proof. */
const MAX_HASHES = 64;

/** @throws ProofError `malformed` when {@link parseTlogProof} could not read it back. */
export function formatTlogProof(proof: TlogProof): string {
  const text = [
    HEADER,
    ...(proof.extra === undefined ? [] : [`extra ${toBase64(proof.extra)}`]),
    `index ${proof.index}`,
    ...proof.hashes.map(toBase64),
    '',
    proof.checkpoint,
  ].join('\n');
  parseTlogProof(text);
  return text;
}

/**
 * Reads the text; nothing in it is verified yet.
 * @throws ProofError `malformed`
 */
export function parseTlogProof(text: string): TlogProof {
  // The first empty line ends the proof: the lines before it are never empty, the checkpoint after it has its own.
  const end = text.indexOf('\n\n');
  if (end < 0) throw new ProofError('malformed', 'a proof without a checkpoint');
  const [header, ...lines] = text.slice(0, end).split('\n');
  if (header !== HEADER) throw new ProofError('malformed', `the first line is not ${HEADER}`);
  const extra = lines[0]?.startsWith('extra ') === true ? lines.shift() : undefined;
  const index = lines.shift();
  if (index?.startsWith('index ') !== true) throw new ProofError('malformed', 'a proof without an index');
  if (lines.length > MAX_HASHES) throw new ProofError('malformed', 'a proof of too many hashes');
  const checkpoint = text.slice(end + 2);
  parseNote(checkpoint);
  return {
    ...(extra !== undefined && { extra: fromBase64(extra.slice('extra '.length)) }),
    index: parseCount(index.slice('index '.length)),
    hashes: lines.map(parseHash),
    checkpoint,
  };
}

function parseHash(line: string): Uint8Array {
  const hash = fromBase64(line);
  if (hash.length !== HASH_BYTES) throw new ProofError('malformed', 'a line of the proof is not a hash');
  return hash;
}
