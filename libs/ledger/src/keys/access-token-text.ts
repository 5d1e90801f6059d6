import { randomBytes } from 'node:crypto';

/** An access token as its holder sends it: `vat_<16 hex digits>.<secret>`; what precedes the dot names it. */
export interface AccessTokenText {
  readonly tokenId: string;
  readonly secret: string;
}

const ACCESS_TOKEN = /^(vat_[0-9a-f]{16})\.([A-Za-z0-9_-]{43})$/;

/** Undefined for what no token looks like: that never costs a look-up. */
export function parseAccessToken(text: string): AccessTokenText | undefined {
  const match = ACCESS_TOKEN.exec(text);
  return match === null ? undefined : { tokenId: match[1] ?? '', secret: match[2] ?? '' };
}

/** A new one, with a secret of 256 random bits. */
export function newAccessToken(): AccessTokenText {
  return {
    tokenId: `vat_${randomBytes(8).toString('hex')}`,
    secret: randomBytes(32).toString('base64url'),
  };
}
