import { createHmac } from 'node:crypto';
import type { EnvironmentKind } from './find-api-keys.js';

/** An API key as its holder sends it: `pk_{test|live}_{publicId}.{secret}`. */
export interface ApiKeyText {
  readonly kind: EnvironmentKind;
  readonly publicId: string;
  readonly secret: string;
}

/** A secret of 22 characters of this alphabet holds 128 bits and more. */
const API_KEY = /^pk_(test|live)_([A-Za-z0-9]{8,64})\.([A-Za-z0-9_-]{22,128})$/;

/** Undefined for what no key looks like: that never costs a look-up. */
export function parseApiKey(text: string): ApiKeyText | undefined {
  const match = API_KEY.exec(text);
  if (match === null) return undefined;
  const [, kind, publicId = '', secret = ''] = match;
  return { kind: kind === 'live' ? 'live' : 'test', publicId, secret };
}

/** HMAC-SHA-256 of the secret under the pepper, 32 bytes: whoever steals the table alone can check no guess. */
export function hashSecret(pepper: string, secret: string): Buffer {
  return createHmac('sha256', pepper).update(secret).digest();
}
