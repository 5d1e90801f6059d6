import { createPublicKey, hash, verify } from 'node:crypto';
import type { Sha256, VerifySignature } from '@pacspace/proof';

export const sha256: Sha256 = (data) => hash('sha256', data, 'buffer');

/** Ed25519 over raw keys. Bytes that are no point of the curve verify nothing; they are no reason to stop. */
export const verifySignature: VerifySignature = (publicKey, message, signature) => {
  const x = Buffer.from(publicKey).toString('base64url');
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verify(null, message, key, signature);
  } catch {
    return false;
  }
};
