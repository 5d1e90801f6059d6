import { createHmac } from 'node:crypto';

/** Whose signature a request bears. Secrets as they were shown: `whsec_` and base64. */
export interface SigningSecrets {
  readonly current: string;
  /** During a rotation: signs as well, second. */
  readonly previous?: string | undefined;
}

export interface SignedParts {
  readonly eventId: string;
  readonly timestampSeconds: number;
  /** The very text that is sent. */
  readonly body: string;
}

export interface SignatureHeaders {
  readonly 'x-pacspace-signature': string;
  readonly 'x-pacspace-timestamp': string;
  readonly 'webhook-id': string;
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
}

/**
 * Both families of headers from one secret, so that either kind of verifier passes.
 *
 * - PacSpace: HMAC-SHA-256, keyed with the secret's text as it stands, of `<timestamp>.<body>`, in hex.
 * - Standard Webhooks (standardwebhooks.com, "Signature scheme", symmetric): keyed with the bytes that the secret's
 *   base64 says, of `<id>.<timestamp>.<body>`, in base64.
 */
export function signDelivery(secrets: SigningSecrets, parts: SignedParts): SignatureHeaders {
  const { eventId, timestampSeconds, body } = parts;
  const own = `${timestampSeconds}.${body}`;
  const standard = `${eventId}.${own}`;
  let ownSignatures = `v1=${ownSignature(secrets.current, own)}`;
  let standardSignatures = `v1,${standardSignature(secrets.current, standard)}`;
  if (secrets.previous !== undefined) {
    ownSignatures += `,v1=${ownSignature(secrets.previous, own)}`;
    standardSignatures += ` v1,${standardSignature(secrets.previous, standard)}`;
  }
  const timestamp = String(timestampSeconds);
  return {
    'x-pacspace-signature': ownSignatures,
    'x-pacspace-timestamp': timestamp,
    'webhook-id': eventId,
    'webhook-timestamp': timestamp,
    'webhook-signature': standardSignatures,
  };
}

function ownSignature(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('hex');
}

function standardSignature(secret: string, text: string): string {
  return createHmac('sha256', secretBytes(secret)).update(text).digest('base64');
}

export const SECRET_PREFIX = 'whsec_';

function secretBytes(secret: string): Buffer {
  return Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
}
