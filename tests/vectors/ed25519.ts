import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';

/** Ed25519 over raw keys, as the library asks for it; node:crypto wants key objects. */
export function verifySignature(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const x = Buffer.from(publicKey).toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return verify(null, message, key, signature);
}

const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A key from its 32-byte seed (RFC 8032 §5.1.5): the same seed signs the same text the same way, for ever. */
export function keyFromSeed(seed: Uint8Array): {
  publicKey: Uint8Array;
  sign: (message: Uint8Array) => Uint8Array;
} {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return { publicKey: Buffer.from(x, 'base64url'), sign: (message) => sign(null, message, key) };
}
