import { variable } from '../client-options.js';
import { ValidationError, WebhookVerificationError } from '../errors.js';
import type { WebhookEvent } from './events.js';
import { type HeaderSource, readHeader } from './read-header.js';
import { isSignedOwn, isSignedStandard, SECRET_PREFIX } from './signatures.js';

export interface VerifyWebhookOptions {
  /**
   * `whsec_…`, as it was shown when the webhook was made; several while you change yours. Else the environment variable
   * PACSPACE_WEBHOOK_SECRET, with commas between.
   */
  readonly secret?: string | readonly string[];
  /** By how much the sender's clock may differ from this one's, and how old a request may be; 300 unless told. */
  readonly toleranceSeconds?: number;
  /** Milliseconds since the epoch; the platform's clock unless told. */
  readonly now?: () => number;
}

const TOLERANCE_SECONDS = 300;

/** Checks that what came to your receiver was sent by the service, and is as it was sent. */
export const Webhooks = {
  /**
   * Checks a request's signatures, of the PacSpace family and of Standard Webhooks: whichever it bears must hold, and one
   * of them it must bear.
   *
   * @param rawBody the body as it came, before anything has parsed it: text or bytes
   * @param headers of the request: a `Headers`, or an object such as Node's `request.headers`
   * @returns the event; the same event may come more than once, under the same `id`.
   * @throws WebhookVerificationError when it is not to be trusted; ValidationError when there is no secret to check with
   */
  verify(
    rawBody: string | Uint8Array,
    headers: HeaderSource,
    options: VerifyWebhookOptions = {},
  ): WebhookEvent {
    const secrets = resolveSecrets(options.secret);
    const { toleranceSeconds = TOLERANCE_SECONDS, now = Date.now } = options;
    const body = typeof rawBody === 'string' ? rawBody : decode(rawBody);
    const isFresh = (seconds: number): boolean => Math.abs(now() / 1000 - seconds) <= toleranceSeconds;
    const own = readHeader(headers, 'x-pacspace-signature');
    const standard = readHeader(headers, 'webhook-signature');
    if (own === undefined && standard === undefined) throw refused('the request bears no signature');
    if (own !== undefined) {
      const timestamp = readTimestamp(headers, 'x-pacspace-timestamp', isFresh);
      if (!isSignedOwn({ signatures: own, secrets, timestamp, body })) throw refused(MISMATCH);
    }
    if (standard !== undefined) {
      const timestamp = readTimestamp(headers, 'webhook-timestamp', isFresh);
      const id = readHeader(headers, 'webhook-id');
      if (id === undefined) throw refused('the request has no webhook-id');
      if (!isSignedStandard({ signatures: standard, secrets, timestamp, body, id })) throw refused(MISMATCH);
    }
    return parseEvent(body);
  },
};

const MISMATCH =
  'no signature is that of this body under the secret: is it the raw body, and the secret of this webhook?';

function refused(message: string, options: ErrorOptions = {}): WebhookVerificationError {
  return new WebhookVerificationError(message, options);
}

function resolveSecrets(given: VerifyWebhookOptions['secret']): readonly string[] {
  const named = given ?? variable('PACSPACE_WEBHOOK_SECRET')?.split(',') ?? [];
  const secrets = (typeof named === 'string' ? [named] : named).map((text) => text.trim()).filter(Boolean);
  const problem =
    secrets.length === 0
      ? 'there is no secret to check with: pass { secret }, or set PACSPACE_WEBHOOK_SECRET'
      : secrets.some((text) => !text.startsWith(SECRET_PREFIX)) && `a secret begins with ${SECRET_PREFIX}`;
  if (problem !== false) throw new ValidationError(problem, { code: 'VALIDATION_FAILED' });
  return secrets;
}

function readTimestamp(headers: HeaderSource, name: string, isFresh: (seconds: number) => boolean): string {
  const text = readHeader(headers, name);
  if (text === undefined || !/^\d{1,12}$/.test(text)) {
    throw refused(`${name} must be in the request, in seconds since 1970`);
  }
  if (!isFresh(Number(text))) {
    throw refused(`${name} is too far from now: an old request, or a clock that is wrong`);
  }
  return text;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw refused('the body is not UTF-8', { cause });
  }
}

function parseEvent(body: string): WebhookEvent {
  try {
    return JSON.parse(body) as WebhookEvent;
  } catch (cause) {
    throw refused('the body is signed, and not JSON', { cause });
  }
}
