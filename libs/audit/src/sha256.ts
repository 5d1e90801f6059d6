import { hash } from 'node:crypto';
import type { Sha256 } from '@pacspace/proof';
import type { Sha256Hex } from '@pacspace/wire';

/** SHA-256 in the two forms that the libraries ask for; as text is the faster one. */
export const sha256: Sha256 = (data) => hash('sha256', data, 'buffer');
export const sha256Hex: Sha256Hex = (data) => hash('sha256', data, 'hex');
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
