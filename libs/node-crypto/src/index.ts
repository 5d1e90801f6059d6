export { sha256, sha256Hex, toHex } from './sha256.js';
export { verifySignature } from './ed25519.js';
