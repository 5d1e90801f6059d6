import { concatBytes, fromBase64, toBase64 } from './bytes.js';
import { ProofError } from './errors.js';
import type { Sha256 } from './leaf.js';
import { utf8 } from './utf8.js';

/**
 * C2SP signed-note signature types. Only `ed25519` is made and verified here. Lines of every other type are read, kept
 * and passed on, so witnesses (`cosignatureV1`, c2sp.org/tlog-cosignature) can be added to heads that exist already.
 */
export const SIGNATURE_TYPE = { ed25519: 0x01, cosignatureV1: 0x04 } as const;

const PUBLIC_KEY_BYTES = 32;

/** An Ed25519 key by which notes are verified; c2sp.org/signed-note, "Verifier keys". */
export interface VerifierKey {
  /** Who signs; for a log's own key, the log's origin. */
  readonly name: string;
  /** 32 bits that tell a name's keys apart: an identifier, no commitment. */
  readonly id: number;
  readonly publicKey: Uint8Array;
}

/** Key id after the standard's recommendation: SHA-256(name || 0x0A || type || public key), first four bytes. */
export function keyIdOf(
  sha256: Sha256,
  key: { readonly name: string; readonly type: number; readonly publicKey: Uint8Array },
): number {
  const digest = sha256(concatBytes([utf8(`${key.name}\n`), Uint8Array.of(key.type), key.publicKey]));
  return readUint32(digest);
}

/**
 * The verifier key of an Ed25519 public key (32 bytes, RFC 8032).
 * @throws ProofError `malformed` for a name that no note could carry, or a key of another length.
 */
export function verifierKeyOf(sha256: Sha256, name: string, publicKey: Uint8Array): VerifierKey {
  assertKeyName(name);
  if (publicKey.length !== PUBLIC_KEY_BYTES) {
    throw new ProofError('malformed', `an Ed25519 public key has ${PUBLIC_KEY_BYTES} bytes`);
  }
  return { name, id: keyIdOf(sha256, { name, type: SIGNATURE_TYPE.ed25519, publicKey }), publicKey };
}

/** `name+hex id+base64(type || public key)`. */
export function formatVerifierKey(key: VerifierKey): string {
  const material = concatBytes([Uint8Array.of(SIGNATURE_TYPE.ed25519), key.publicKey]);
  return `${key.name}+${formatKeyId(key.id)}+${toBase64(material)}`;
}

/**
 * Reads a verifier key.
 * @throws ProofError `malformed` for another form, another signature type, or an id that is not the key's.
 */
export function parseVerifierKey(sha256: Sha256, text: string): VerifierKey {
  // The material is base64 and may hold plus signs itself; names may not.
  const match = /^([^+]*)\+([0-9a-f]{8})\+(.+)$/.exec(text);
  if (match === null) throw new ProofError('malformed', 'a verifier key is name+id+material');
  const [, name = '', id = '', base64 = ''] = match;
  const material = fromBase64(base64);
  if (material[0] !== SIGNATURE_TYPE.ed25519) {
    throw new ProofError('malformed', `a verifier key of type ${material[0] ?? 'none'} is not supported`);
  }
  const key = verifierKeyOf(sha256, name, material.subarray(1));
  if (formatKeyId(key.id) !== id) throw new ProofError('malformed', 'the key id is not that of the key');
  return key;
}

/** @throws ProofError `malformed` unless `name` is non-empty, well-formed, and without white space, plus and control characters. */
export function assertKeyName(name: string): void {
  if (!KEY_NAME.test(name)) throw new ProofError('malformed', `not a key name: ${JSON.stringify(name)}`);
}

export function formatKeyId(id: number): string {
  return id.toString(16).padStart(8, '0');
}

export function readUint32(bytes: Uint8Array): number {
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  return a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d;
}

// White_Space is what the standard's reference implementation takes for "Unicode spaces".
const KEY_NAME = /^[^+\0-\x1f\p{White_Space}\p{Surrogate}]+$/u;
