import { isCustomerId } from '@pacspace/domain';

/**
 * The envelope is the unit of the log: the deltas of many requests, committed by one publish. On the wire it is
 * one JSON object, because JSON.parse is the fastest decoder there is in this runtime (measured: 1 µs a delta) and
 * a person can read the log with any tool:
 *
 *   {"v":1,"id":publish id,"env":[environment ids],"tp":[traceparents],"d":[delta, …]}
 *   delta = [env index, tp index, customerId, recordKey, amount, reason, fingerprint,
 *            referenceId, occurredAtMs, adjustsKey, metadata, salt]
 *
 * Absent members are 0, and trailing ones are left out. `v` changes when a reader of today could misread it.
 */
export const ENVELOPE_VERSION = 1;

/** One accepted delta as it stands in the log. */
export interface EnvelopeDelta {
  readonly environmentId: string;
  /** W3C traceparent of the request that brought it. */
  readonly traceparent: string;
  readonly customerId: string;
  /** 32 hex digits; see recordIdPreimage. */
  readonly recordKey: string;
  /** Canonical decimal text. */
  readonly amount: string;
  readonly reason: string;
  /** 64 hex digits. */
  readonly fingerprint: string;
  readonly referenceId?: string | undefined;
  readonly occurredAtMs?: number | undefined;
  readonly adjustsKey?: string | undefined;
  /** RFC 8785 text. */
  readonly metadata?: string | undefined;
  /** 32 hex digits; salts the metadata's hash. Present exactly when metadata is. */
  readonly salt?: string | undefined;
}

export interface Envelope {
  /** Unique per envelope; a retried publish carries the same. */
  readonly publishId: string;
  readonly deltas: readonly EnvelopeDelta[];
}

/** A delta encoded once, when it is accepted, so that putting an envelope together is joining strings. */
export interface EncodedDelta {
  readonly environmentId: string;
  readonly traceparent: string;
  readonly body: string;
}

export type EnvelopeErrorCode = 'NOT_JSON' | 'UNKNOWN_VERSION' | 'MALFORMED';

/** The message is not an envelope that this version can read: for the dead letters, not for a retry. */
export class EnvelopeError extends Error {
  constructor(
    readonly code: EnvelopeErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'EnvelopeError';
  }
}

export function encodeDelta(delta: EnvelopeDelta): EncodedDelta {
  const { referenceId, occurredAtMs, adjustsKey, metadata, salt } = delta;
  let body = `"${delta.customerId}","${delta.recordKey}","${delta.amount}",${JSON.stringify(delta.reason)},"${delta.fingerprint}"`;
  if (metadata !== undefined) {
    body += `${optionals(referenceId, occurredAtMs, adjustsKey)},${JSON.stringify(metadata)},"${salt ?? ''}"`;
  } else if (adjustsKey !== undefined) {
    body += optionals(referenceId, occurredAtMs, adjustsKey);
  } else if (occurredAtMs !== undefined) {
    body += `,${referenceId === undefined ? '0' : JSON.stringify(referenceId)},${occurredAtMs}`;
  } else if (referenceId !== undefined) {
    body += `,${JSON.stringify(referenceId)}`;
  }
  return { environmentId: delta.environmentId, traceparent: delta.traceparent, body };
}

function optionals(
  referenceId: string | undefined,
  occurredAtMs: number | undefined,
  adjustsKey: string | undefined,
): string {
  const reference = referenceId === undefined ? '0' : JSON.stringify(referenceId);
  const adjusts = adjustsKey === undefined ? '0' : `"${adjustsKey}"`;
  // Event times are after 2000 (DELTA_LIMITS), so 0 is free to mean absent.
  return `,${reference},${occurredAtMs ?? 0},${adjusts}`;
}

export function encodeEnvelope(publishId: string, deltas: readonly EncodedDelta[]): string {
  const environments = new Dictionary();
  const traceparents = new Dictionary();
  let list = '';
  for (const { environmentId, traceparent, body } of deltas) {
    const comma = list === '' ? '' : ',';
    list += `${comma}[${environments.indexOf(environmentId)},${traceparents.indexOf(traceparent)},${body}]`;
  }
  const head = `{"v":${ENVELOPE_VERSION},"id":${JSON.stringify(publishId)}`;
  return `${head},"env":${environments.toJson()},"tp":${traceparents.toJson()},"d":[${list}]}`;
}

/** Numbers distinct texts in order of appearance; the last one is remembered, since runs of the same are usual. */
class Dictionary {
  private readonly numbers = new Map<string, number>();
  private last = '';
  private lastNumber = -1;

  indexOf(text: string): number {
    if (text === this.last && this.lastNumber >= 0) return this.lastNumber;
    let number = this.numbers.get(text);
    if (number === undefined) {
      number = this.numbers.size;
      this.numbers.set(text, number);
    }
    this.last = text;
    this.lastNumber = number;
    return number;
  }

  toJson(): string {
    return JSON.stringify([...this.numbers.keys()]);
  }
}

/** @throws EnvelopeError when the text is not an envelope of a known version, whole and well-typed. */
export function decodeEnvelope(text: string): Envelope {
  const { id, env, tp, d } = parseHead(text);
  const deltas: EnvelopeDelta[] = [];
  for (const row of d) deltas.push(decodeDelta(row, env, tp));
  return { publishId: id, deltas };
}

interface EnvelopeHead {
  readonly v: unknown;
  readonly id: string;
  readonly env: readonly unknown[];
  readonly tp: readonly unknown[];
  readonly d: readonly unknown[];
}

function parseHead(text: string): EnvelopeHead {
  let head: Partial<EnvelopeHead> | null;
  try {
    head = JSON.parse(text) as Partial<EnvelopeHead> | null;
  } catch (cause) {
    throw new EnvelopeError('NOT_JSON', 'the message is not JSON', { cause });
  }
  if (typeof head !== 'object' || head === null || !('v' in head)) throw malformed('no version');
  if (head.v !== ENVELOPE_VERSION) {
    throw new EnvelopeError(
      'UNKNOWN_VERSION',
      `version ${String(head.v)}; this reader knows ${ENVELOPE_VERSION}`,
    );
  }
  if (
    typeof head.id !== 'string' ||
    !Array.isArray(head.env) ||
    !Array.isArray(head.tp) ||
    !Array.isArray(head.d)
  ) {
    throw malformed('a member of the head is missing or of the wrong type');
  }
  return head as EnvelopeHead;
}

const KEY = /^[0-9a-f]{32}$/;
const FINGERPRINT = /^[0-9a-f]{64}$/;

function decodeDelta(
  row: unknown,
  environments: readonly unknown[],
  traceparents: readonly unknown[],
): EnvelopeDelta {
  if (!Array.isArray(row) || row.length < 7 || row.length > 12)
    throw malformed('a delta has the wrong length');
  const [env, tp, customerId, recordKey, amount, reason, fingerprint] = row as unknown[];
  const [referenceId = 0, occurredAtMs = 0, adjustsKey = 0, metadata = 0, salt = 0] = (
    row as unknown[]
  ).slice(7);
  const environmentId = environments[env as number];
  const traceparent = traceparents[tp as number];
  if (
    typeof environmentId !== 'string' ||
    typeof traceparent !== 'string' ||
    !isCustomerId(customerId) ||
    !isHex(recordKey, KEY) ||
    typeof amount !== 'string' ||
    typeof reason !== 'string' ||
    !isHex(fingerprint, FINGERPRINT) ||
    !(referenceId === 0 || typeof referenceId === 'string') ||
    !Number.isSafeInteger(occurredAtMs) ||
    !(adjustsKey === 0 || isHex(adjustsKey, KEY)) ||
    !(metadata === 0 ? salt === 0 : typeof metadata === 'string' && isHex(salt, KEY))
  ) {
    throw malformed('a member of a delta is missing or of the wrong type');
  }
  return {
    environmentId,
    traceparent,
    customerId,
    recordKey,
    amount,
    reason,
    fingerprint,
    referenceId: referenceId === 0 ? undefined : (referenceId),
    occurredAtMs: occurredAtMs === 0 ? undefined : (occurredAtMs as number),
    adjustsKey: adjustsKey === 0 ? undefined : adjustsKey,
    metadata: metadata === 0 ? undefined : (metadata as string),
    salt: salt === 0 ? undefined : (salt as string),
  };
}

function isHex(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value);
}

function malformed(message: string): EnvelopeError {
  return new EnvelopeError('MALFORMED', message);
}
