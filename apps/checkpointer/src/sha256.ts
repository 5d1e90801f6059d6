import { hash } from 'node:crypto';
import type { Sha256 } from '@pacspace/proof';
import type { Sha256Hex } from '@pacspace/wire';

/**
 * SHA-256 in the two forms that the libraries ask for. As text the one-shot call is twice as fast as into a new
 * buffer; the bytes are a piece of Node's shared pool.
 */
export const sha256: Sha256 = (data) => Buffer.from(hash('sha256', data, 'binary'), 'latin1');
export const sha256Hex: Sha256Hex = (data) => hash('sha256', data, 'hex');

export const toHex = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
