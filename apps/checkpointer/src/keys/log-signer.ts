import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject, sign } from 'node:crypto';
import { sha256 } from '@pacspace/node-crypto';
import { type NoteSigner, verifierKeyOf } from '@pacspace/proof';

/** Ed25519 private key of a seed in PKCS #8 (RFC 8410 §7), up to the seed. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
/** Ed25519 public key in SPKI (RFC 8410 §4), up to the key. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const INFO = 'pacspace/log-key/v1\n';

/**
 * The key that signs a log's heads. A key is for one log only (docs/spec/proofs.md, "Checkpoints"), and nobody wants to
 * keep one secret for each: they are derived from the one, by HKDF-SHA-256 (RFC 5869) with the origin as its info, so
 * that what is known of one log's key says nothing about another's.
 */
export function logSigner(secret: Uint8Array, origin: string): NoteSigner {
  const seed = Buffer.from(hkdfSync('sha256', secret, '', INFO + origin, 32));
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, seed]),
    format: 'der',
    type: 'pkcs8',
  });
  return {
    key: verifierKeyOf(sha256, origin, publicBytes(privateKey)),
    sign: (message) => sign(null, message, privateKey),
  };
}

function publicBytes(privateKey: KeyObject): Uint8Array {
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length);
}
