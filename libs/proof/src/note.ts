import { concatBytes, fromBase64, toBase64 } from './bytes.js';
import { ProofError } from './errors.js';
import { utf8 } from './utf8.js';
import { assertKeyName, formatKeyId, readUint32, type VerifierKey } from './verifier-key.js';

/** One signature line of a note. */
export interface NoteSignature {
  readonly name: string;
  readonly id: number;
  /** What follows the key id: of an Ed25519 key 64 bytes, of other types as their standard says. */
  readonly signature: Uint8Array;
}

/** A C2SP signed note (c2sp.org/signed-note). `text` ends in a newline. */
export interface Note {
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** Ed25519 (RFC 8032) over `message`: 32-byte public key, 64-byte signature. Must answer, not throw, for any bytes. */
export type VerifySignature = (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => boolean | Promise<boolean>;

/** A key that signs notes; `sign` gives 64 bytes. */
export interface NoteSigner {
  readonly key: VerifierKey;
  readonly sign: (message: Uint8Array) => Uint8Array | Promise<Uint8Array>;
}

export type NoteCheck =
  | {
      readonly ok: true;
      /** The known keys that signed, in the note's order. */
      readonly signers: readonly VerifierKey[];
      /** Lines of keys that are not known, or of types that are not verified here. They prove nothing. */
      readonly ignored: readonly NoteSignature[];
    }
  | { readonly ok: false; readonly reason: 'no-known-key' }
  | { readonly ok: false; readonly reason: 'bad-signature'; readonly key: VerifierKey };

/** The standard asks for 16 at least; hybrid and witness signatures make it more, an attacker would make it thousands. */
const MAX_SIGNATURES = 100;
const MAX_NOTE_LENGTH = 1_000_000;

const ED25519_SIGNATURE_BYTES = 64;
const SIGNATURE_LINE = /^\u2014 ([^ ]+) ([^ ]+)$/;
// The set is the standard's: no ASCII control character but newline, and well-formed Unicode.
const FORBIDDEN = /[\0-\x09\x0b-\x1f\p{Surrogate}]/u;

/**
 * Reads a note without checking any signature: its text means nothing before {@link verifyNote} has said so.
 * @throws ProofError `malformed`
 */
export function parseNote(note: string): Note {
  if (note.length > MAX_NOTE_LENGTH) throw new ProofError('malformed', 'the note is too long');
  if (FORBIDDEN.test(note)) throw new ProofError('malformed', 'the note has a control character');
  // Text may hold empty lines itself: the last one separates the signatures.
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n')) throw new ProofError('malformed', 'the note has no signatures');
  const lines = note.slice(end + 2, -1).split('\n');
  if (lines.length > MAX_SIGNATURES) throw new ProofError('malformed', 'the note has too many signatures');
  return { text: note.slice(0, end + 1), signatures: lines.map(parseSignatureLine) };
}

/**
 * Text of a note with its signatures.
 * @throws ProofError `malformed` when {@link parseNote} could not read it back.
 */
export function formatNote(note: Note): string {
  const lines = note.signatures.map(({ name, id, signature }) => {
    assertKeyName(name);
    return `\u2014 ${name} ${toBase64(concatBytes([uint32(id), signature]))}\n`;
  });
  const whole = `${note.text}\n${lines.join('')}`;
  if (!note.text.endsWith('\n')) throw new ProofError('malformed', 'the text of a note ends in a newline');
  parseNote(whole);
  return whole;
}

/** A note of `text`, signed by each of `signers`. */
export async function signNote(text: string, signers: readonly NoteSigner[]): Promise<string> {
  const message = utf8(text);
  const signatures = await Promise.all(
    signers.map(async ({ key, sign }) => ({ name: key.name, id: key.id, signature: await sign(message) })),
  );
  return formatNote({ text, signatures });
}

/**
 * Checks a note against the keys that the caller trusts. One good signature is enough; one bad signature of a known
 * key refuses the note; unknown keys are passed over.
 */
export async function verifyNote(
  note: Note,
  keys: readonly VerifierKey[],
  verifySignature: VerifySignature,
): Promise<NoteCheck> {
  const message = utf8(note.text);
  const signers: VerifierKey[] = [];
  const ignored: NoteSignature[] = [];
  for (const line of note.signatures) {
    const key = keys.find(({ name, id }) => name === line.name && id === line.id);
    if (key === undefined) {
      ignored.push(line);
      continue;
    }
    const good =
      line.signature.length === ED25519_SIGNATURE_BYTES &&
      (await verifySignature(key.publicKey, message, line.signature));
    if (!good) return { ok: false, reason: 'bad-signature', key };
    signers.push(key);
  }
  return signers.length > 0 ? { ok: true, signers, ignored } : { ok: false, reason: 'no-known-key' };
}

function parseSignatureLine(line: string): NoteSignature {
  const match = SIGNATURE_LINE.exec(line);
  if (match === null) throw new ProofError('malformed', 'not a signature line');
  const [, name = '', base64 = ''] = match;
  assertKeyName(name);
  const bytes = fromBase64(base64);
  if (bytes.length < 5) throw new ProofError('malformed', `no signature by ${name}`);
  return { name, id: readUint32(bytes), signature: bytes.slice(4) };
}

function uint32(n: number): Uint8Array {
  const hex = formatKeyId(n);
  return Uint8Array.from([0, 2, 4, 6], (at) => Number.parseInt(hex.slice(at, at + 2), 16));
}
