import { invalid } from '../reads/query.js';

/** @throws ApiError VALIDATION_FAILED */
export function parseRoot(text: string): Uint8Array {
  const match = /^(?:0x)?([0-9a-f]{64})$/i.exec(text);
  if (match?.[1] !== undefined) return Buffer.from(match[1], 'hex');
  throw invalid([{ path: 'proofRoot', message: 'must be 64 hexadecimal digits' }]);
}
