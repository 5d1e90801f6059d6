/**
 * 128 random bits in hex, for idempotency keys: they need to be different, not secret, so where a platform shows no
 * crypto (Node 18 as it starts) its ordinary randomness will do.
 */
export function randomId(): string {
  const { crypto } = globalThis as { readonly crypto?: typeof globalThis.crypto };
  const bytes = new Uint8Array(16);
  if (crypto === undefined) bytes.forEach((_, i) => (bytes[i] = Math.floor(Math.random() * 256)));
  else crypto.getRandomValues(bytes);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
