import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { SECRET_PREFIX } from './sign-delivery.js';

/** 256 bits, as the hash that it keys. */
const SECRET_BYTES = 32;
const FORMAT = 1;
const KEY_ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + KEY_ID_BYTES + NONCE_BYTES + TAG_BYTES;

/** A new signing secret as its owner sees it, once. */
export function newSecret(): string {
  return SECRET_PREFIX + randomBytes(SECRET_BYTES).toString('base64');
}

interface BoxKey {
  readonly id: Buffer;
  readonly key: Buffer;
}

/**
 * Keeps endpoints' secrets: they must be at hand for signing, so they cannot be hashed as passwords are; whoever copies
 * the data base has nothing of them without the deployment's key. A secret opens for the endpoint alone that it was
 * sealed for: put into another one's row it is refused.
 *
 * Sealed form: version, key id (4 bytes), nonce (12), tag (16), AES-256-GCM cipher text.
 */
export class SecretBox {
  private readonly keys: readonly BoxKey[];

  /** @param texts the deployment's keys, the one that seals first; the others only open. */
  constructor(texts: string) {
    this.keys = texts
      .split(',')
      .map((text) => text.trim())
      .filter((text) => text !== '')
      .map((text) => ({ id: derive(text, 'id', KEY_ID_BYTES), key: derive(text, 'key', 32) }));
    if (this.keys.length === 0) throw new Error('there is no key to keep secrets under');
  }

  seal(secret: string, endpointId: string): Buffer {
    const [first] = this.keys;
    if (first === undefined) throw new Error('there is no key to keep secrets under');
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', first.key, nonce);
    cipher.setAAD(Buffer.from(endpointId));
    const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return Buffer.concat([Buffer.of(FORMAT), first.id, nonce, cipher.getAuthTag(), text]);
  }

  /** @throws Error when it was sealed under a key that is not here, for another endpoint, or was changed. */
  open(sealed: Buffer, endpointId: string): string {
    if (sealed.length < HEAD_BYTES || sealed[0] !== FORMAT) throw new Error('not a sealed secret');
    let at = 1;
    const next = (bytes: number): Buffer => sealed.subarray(at, (at += bytes));
    const id = next(KEY_ID_BYTES);
    const found = this.keys.find((key) => key.id.equals(id));
    if (found === undefined) throw new Error('the secret was sealed under another WEBHOOK_KEY');
    const decipher = createDecipheriv('aes-256-gcm', found.key, next(NONCE_BYTES));
    decipher.setAAD(Buffer.from(endpointId));
    decipher.setAuthTag(next(TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(at)), decipher.final()]).toString('utf8');
  }
}

function derive(text: string, use: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', text, '', `pacspace/webhook-secrets/v1/${use}`, bytes));
}
