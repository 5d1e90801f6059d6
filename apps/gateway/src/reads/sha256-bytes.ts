import { hash } from 'node:crypto';
import type { Sha256 } from '@pacspace/proof';

/** SHA-256 as bytes, for trees. */
export const sha256Bytes: Sha256 = (data) => hash('sha256', data, 'buffer');
