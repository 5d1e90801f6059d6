import type { Sha256, VerifySignature } from '@pacspace/proof';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';

export const sha256: Sha256 = (data) => nobleSha256(data);

/** Ed25519 by the platform; undefined where it has none, and nothing can be said of a signature. */
export async function findVerifySignature(): Promise<VerifySignature | undefined> {
  const subtle = await findSubtle();
  if (subtle === undefined) return undefined;
  // A key that everybody has: whether the platform can read it says whether it knows Ed25519.
  const known = new Uint8Array(32);
  known[0] = 1;
  try {
    await subtle.importKey('raw', known, 'Ed25519', false, ['verify']);
  } catch {
    return undefined;
  }
  return async (publicKey, message, signature) => {
    try {
      const key = await subtle.importKey('raw', copy(publicKey), 'Ed25519', false, ['verify']);
      return await subtle.verify('Ed25519', key, copy(signature), copy(message));
    } catch {
      // Bytes that are no point of the curve verify nothing.
      return false;
    }
  };
}

/** Over a buffer of its own: WebCrypto takes no view of shared memory. */
const copy = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

async function findSubtle(): Promise<SubtleCrypto | undefined> {
  const { crypto } = globalThis as { readonly crypto?: Crypto };
  if (crypto !== undefined) return crypto.subtle;
  try {
    // Node 18 shows it as a module only. The name is not written out, so that bundlers for browsers let it be.
    const name = ['node', 'crypto'].join(':');
    const module = (await import(/* webpackIgnore: true */ /* @vite-ignore */ name)) as {
      readonly webcrypto?: Crypto;
    };
    return module.webcrypto?.subtle;
  } catch {
    return undefined;
  }
}
