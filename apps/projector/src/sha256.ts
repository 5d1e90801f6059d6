import { hash } from 'node:crypto';
import type { Sha256 } from '@pacspace/proof';
import type { Sha256Hex } from '@pacspace/wire';

/** SHA-256 in the two forms the libraries ask for; the one-shot call is twice as fast as createHash. */
export const sha256: Sha256 = (data) => hash('sha256', data, 'buffer');
export const sha256Hex: Sha256Hex = (data) => hash('sha256', data, 'hex');
