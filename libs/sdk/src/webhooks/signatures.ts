import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';

export const SECRET_PREFIX = 'whsec_';

export interface Signed {
  /** The header, which may name several. */
  readonly signatures: string;
  readonly secrets: readonly string[];
  /** As it stands in its header. */
  readonly timestamp: string;
  readonly body: string;
}

/** More signatures than a rotation makes are nobody's honest wish. */
const MOST_SIGNATURES = 16;

/** `v1=<hex>,v1=<hex>`: HMAC-SHA-256 of `<timestamp>.<body>`, keyed with the secret's text as it stands. */
export function isSignedOwn({ signatures, secrets, timestamp, body }: Signed): boolean {
  const text = utf8ToBytes(`${timestamp}.${body}`);
  const expected = secrets.map((secret) => hmac(sha256, utf8ToBytes(secret), text));
  return isAnyOf(expected, candidates(signatures, ',', 'v1=').map(fromHex));
}

/**
 * `v1,<base64> v1,<base64>`: HMAC-SHA-256 of `<id>.<timestamp>.<body>`, keyed with the bytes that the secret's base64
 * says (standardwebhooks.com, "Signature scheme").
 */
export function isSignedStandard(of: Signed & { readonly id: string }): boolean {
  const { signatures, secrets, timestamp, body, id } = of;
  const text = utf8ToBytes(`${id}.${timestamp}.${body}`);
  const expected = secrets.flatMap((secret) => {
    const key = fromBase64(secret.slice(SECRET_PREFIX.length));
    return key === undefined ? [] : [hmac(sha256, key, text)];
  });
  return isAnyOf(expected, candidates(signatures, ' ', 'v1,').map(fromBase64));
}

/** Those of the scheme that is known; others may stand beside them one day. */
function candidates(signatures: string, separator: string, scheme: string): string[] {
  return signatures
    .split(separator, MOST_SIGNATURES)
    .map((text) => text.trim())
    .filter((text) => text.startsWith(scheme))
    .map((text) => text.slice(scheme.length));
}

/** Every pair is compared to its end, so that the time that it takes tells nothing of how much was right. */
function isAnyOf(expected: readonly Uint8Array[], given: readonly (Uint8Array | undefined)[]): boolean {
  let found = false;
  for (const signature of given) {
    if (signature === undefined) continue;
    for (const right of expected) if (isSame(right, signature)) found = true;
  }
  return found;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at += 1) difference |= (a[at] ?? 0) ^ (b[at] ?? 0);
  return difference === 0;
}

function fromHex(text: string): Uint8Array | undefined {
  if (!/^(?:[0-9a-f]{2})+$/i.test(text)) return undefined;
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function fromBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
