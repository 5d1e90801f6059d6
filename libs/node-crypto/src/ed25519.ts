import { createPublicKey, verify } from 'node:crypto';

/** Ed25519 (RFC 8032) over a raw key of 32 bytes. Bytes that are no point of the curve verify nothing, and are no reason to stop. */
export function verifySignature(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const x = Buffer.from(publicKey).toString('base64url');
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verify(null, message, key, signature);
  } catch {
    return false;
  }
}
