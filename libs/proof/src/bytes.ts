import { ProofError } from './errors.js';

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hex digits, two a byte. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte] ?? '';
  return text;
}

/**
 * Bytes of lower-case hex digits; upper case is refused, so that there is one text for each value.
 * @throws ProofError `malformed`
 */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) {
    throw new ProofError('malformed', 'not lower-case hex digits, two a byte');
  }
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const SIX_BITS = new Map(Array.from(ALPHABET, (char, value) => [char, value]));

/** Base64 with padding (RFC 4648 §4). */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    for (held += 8; held >= 6; held -= 6) text += ALPHABET.charAt((bits >> (held - 6)) & 63);
    bits &= 63; // at most four bits are still to be written
  }
  if (held > 0) text += ALPHABET.charAt((bits << (6 - held)) & 63);
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}

/**
 * Bytes of base64 with padding. Only the one text that {@link toBase64} writes is taken: no white space, and no bits
 * set in what the padding leaves over (RFC 4648 §3.5), so that a signature line cannot be rewritten unnoticed.
 * @throws ProofError `malformed`
 */
export function fromBase64(text: string): Uint8Array {
  const digits = text.replace(/={1,2}$/, '');
  const bytes = new Uint8Array(Math.floor((digits.length * 6) / 8));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const char of digits) {
    bits = (bits << 6) | (SIX_BITS.get(char) ?? 0);
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[at++] = bits >> held;
      bits &= (1 << held) - 1;
    }
  }
  if (toBase64(bytes) !== text) throw new ProofError('malformed', 'not canonical base64');
  return bytes;
}

/** True when both hold the same bytes. Not constant-time: everything compared here is public. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
