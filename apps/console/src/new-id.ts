import { randomBytes, randomInt } from 'node:crypto';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** `prefix_` and 16 random letters and digits, 95 bits: nobody meets another one's by guessing, or by chance. */
export function newId(prefix: string): string {
  return `${prefix}_${randomName(16)}`;
}

export function randomName(length: number): string {
  return Array.from({ length }, () => BASE62[randomInt(BASE62.length)]).join('');
}

/** 256 random bits as 43 characters that need no escaping anywhere. */
export function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}
