import { ProofError } from './errors.js';
import { utf8 } from './utf8.js';

/** Deeper values are refused: a stack overflow is no answer to hostile metadata. */
const MAX_DEPTH = 256;

/** In Unicode mode this matches a surrogate only when it stands alone. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Canonical JSON text of `value` after RFC 8785: members sorted by UTF-16 code units, no white space,
 * numbers and strings as ECMAScript writes them.
 * @throws ProofError `not-json` for whatever I-JSON (RFC 7493) has no form for: NaN and infinities, lone surrogates,
 * undefined (also as a member), bigint, functions, symbols, anything but plain objects and arrays, cycles.
 */
export function canonicalize(value: unknown): string {
  return write(value, 0);
}

/** UTF-8 bytes of {@link canonicalize}. */
export function canonicalBytes(value: unknown): Uint8Array {
  return utf8(canonicalize(value));
}

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return writeString(value);
    case 'number':
      if (!Number.isFinite(value)) throw new ProofError('not-json', `${value} has no JSON form`);
      return String(value); // ECMAScript's Number::toString is RFC 8785 §3.2.2.3; it also makes −0 "0"
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth === MAX_DEPTH) throw new ProofError('not-json', `nested deeper than ${MAX_DEPTH} levels`);
      return Array.isArray(value) ? writeArray(value, depth) : writeObject(value, depth);
    default:
      throw new ProofError('not-json', `a value of type ${typeof value} has no JSON form`);
  }
}

function writeArray(items: readonly unknown[], depth: number): string {
  let out = '[';
  for (let i = 0; i < items.length; i++) {
    if (i > 0) out += ',';
    out += write(items[i], depth + 1); // a hole reads as undefined and is refused
  }
  return out + ']';
}

function writeObject(object: object, depth: number): string {
  if (!isPlain(object)) throw new ProofError('not-json', 'only plain objects and arrays have a JSON form');
  const members = object as Record<string, unknown>;
  const names = Object.keys(members);
  if (!isSorted(names)) names.sort(); // the default order of strings is by UTF-16 code units: RFC 8785 §3.2.3
  let out = '{';
  for (const name of names) {
    if (out.length > 1) out += ',';
    out += writeString(name) + ':' + write(members[name], depth + 1);
  }
  return out + '}';
}

function writeString(text: string): string {
  if (LONE_SURROGATE.test(text)) throw new ProofError('not-json', 'a string has a lone surrogate');
  return JSON.stringify(text); // on well-formed text the same escapes as RFC 8785 §3.2.2.2
}

/**
 * An object literal, or one without a prototype, of this realm or of another. Dates, maps, typed arrays and class
 * instances would otherwise be written as something that they are not.
 */
function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Records are mostly written in order already, and looking costs a fifth of sorting. */
function isSorted(names: readonly string[]): boolean {
  let before = '';
  for (const name of names) {
    if (before > name) return false;
    before = name;
  }
  return true;
}
