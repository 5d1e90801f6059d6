import { hash } from 'node:crypto';

/** SHA-256 as lower-case hex; text is hashed as UTF-8. One call, no hash object: half the cost of createHash. */
export const sha256 = (data: string | Uint8Array): string => hash('sha256', data);
