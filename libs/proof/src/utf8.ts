import { ProofError } from './errors.js';

// The two encoders are globals of every platform this runs on; they are declared here, and only as far
// as they are used, so that the package compiles without any platform's types.
declare const TextEncoder: new () => {
  encode(text: string): Uint8Array;
  encodeInto(text: string, into: Uint8Array): { read: number; written: number };
};
declare const TextDecoder: new (
  label: 'utf-8',
  options: { fatal: true; ignoreBOM: true },
) => { decode(bytes: Uint8Array): string };

const encoder = new TextEncoder();
// ignoreBOM keeps a leading U+FEFF as a character: what is hashed must survive a round trip.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8 of `text`, in memory of its own. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Writes UTF-8 of `text` at the start of `into` and returns the number of bytes. The caller sees to the room. */
export function writeUtf8(text: string, into: Uint8Array): number {
  return encoder.encodeInto(text, into).written;
}

/**
 * Text of UTF-8 `bytes`.
 * @throws ProofError `malformed` when they are not well-formed UTF-8.
 */
export function fromUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new ProofError('malformed', 'the bytes are not well-formed UTF-8', { cause });
  }
}
