import { fromBase64, toBase64 } from './bytes.js';
import { ProofError } from './errors.js';
import { HASH_BYTES } from './leaf.js';

/** The head of a log: what the text of its signed note says (c2sp.org/tlog-checkpoint). */
export interface Checkpoint {
  /** Which log it is; one line. */
  readonly origin: string;
  /** Number of leaves. */
  readonly size: number;
  readonly root: Uint8Array;
  /** Opaque non-empty lines, no part of the standard's promise. We write none, and keep those that we read. */
  readonly extensions: readonly string[];
}

/**
 * Reads the text of a note as a checkpoint.
 * @throws ProofError `malformed`
 */
export function parseCheckpoint(text: string): Checkpoint {
  if (!text.endsWith('\n')) throw new ProofError('malformed', 'a checkpoint ends in a newline');
  const lines = text.slice(0, -1).split('\n');
  const [origin, size, root, ...extensions] = lines;
  if (origin === undefined || size === undefined || root === undefined || lines.includes('')) {
    throw new ProofError('malformed', 'a checkpoint has at least three lines, none of them empty');
  }
  const hash = fromBase64(root);
  if (hash.length !== HASH_BYTES) throw new ProofError('malformed', 'the root is not a SHA-256 hash');
  return { origin, size: parseCount(size), root: hash, extensions };
}

/**
 * Text of a checkpoint, to be signed as a note.
 * @throws ProofError `malformed` when {@link parseCheckpoint} could not read it back.
 */
export function formatCheckpoint(checkpoint: Checkpoint): string {
  const { extensions, origin, root, size } = checkpoint;
  const lines = [origin, String(size), toBase64(root), ...extensions];
  if (lines.some((line) => line.includes('\n'))) throw new ProofError('malformed', 'a newline within a line');
  const text = `${lines.join('\n')}\n`;
  parseCheckpoint(text);
  return text;
}

/**
 * A whole number in decimal without leading zeros, up to 2^53 − 1.
 * @throws ProofError `malformed`
 */
export function parseCount(text: string): number {
  const count = Number(text);
  if (!/^(0|[1-9][0-9]*)$/.test(text) || !Number.isSafeInteger(count)) {
    throw new ProofError('malformed', `not a count: ${JSON.stringify(text)}`);
  }
  return count;
}
