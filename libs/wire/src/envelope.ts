import { formatPeriod, isCustomerId, parsePeriod, type Period } from '@pacspace/domain';

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
 *
 * What is decided about a lane is in the lane, too, between the deltas, so that a fold of the log meets it where it
 * happened. There is one such thing, the closing of a period (docs/spec/proofs.md, "Seal"), in an envelope of its own:
 *
 *   {"v":1,"id":publish id,"close":{"environmentId":…,"period":"2026-10","customerId":…}}
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

const NO_TRACE = '0'.repeat(32);
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-/;

/** 32 hex digits, zeros for what is no traceparent: the trace that a delta is found under, from its acceptance on. */
export function traceIdOf(traceparent: string): string {
  return TRACEPARENT.exec(traceparent)?.[1] ?? NO_TRACE;
}

/** From here on in the lane, nothing counts in this period or an earlier one any more. */
export interface PeriodClose {
  readonly environmentId: string;
  /** Absent: it is closed for all the environment's customers in this lane, those still to come included. */
  readonly customerId?: string | undefined;
  readonly period: Period;
}

/** `publishId` is unique per envelope; a retried publish carries the same. A closing holds no deltas. */
export type Envelope =
  | { readonly kind: 'deltas'; readonly publishId: string; readonly deltas: readonly EnvelopeDelta[] }
  | {
      readonly kind: 'close';
      readonly publishId: string;
      readonly deltas: readonly [];
      readonly close: PeriodClose;
    };

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
  // One join of flat pieces: adding piece to piece would leave a tree of them to be gone through once more.
  const pieces = [''];
  let before: EncodedDelta | undefined;
  let begin = '';
  for (const delta of deltas) {
    const { environmentId, traceparent, body } = delta;
    // Runs of deltas from one request are usual.
    if (before?.environmentId !== environmentId || before.traceparent !== traceparent) {
      begin = `],[${environments.indexOf(environmentId)},${traceparents.indexOf(traceparent)},`;
    }
    pieces.push(before === undefined ? begin.slice('],'.length) : begin, body);
    before = delta;
  }
  const head = `{"v":${ENVELOPE_VERSION},"id":${JSON.stringify(publishId)}`;
  pieces[0] = `${head},"env":${environments.toJson()},"tp":${traceparents.toJson()},"d":[`;
  pieces.push(before === undefined ? ']}' : ']]}');
  return pieces.join('');
}

export function encodeCloseEnvelope(publishId: string, close: PeriodClose): string {
  const { environmentId, customerId, period } = close;
  // JSON.stringify leaves an absent customer out.
  const body = { environmentId, period: formatPeriod(period), customerId };
  return JSON.stringify({ v: ENVELOPE_VERSION, id: publishId, close: body });
}

/** Numbers distinct texts in order of appearance. */
class Dictionary {
  private readonly numbers = new Map<string, number>();

  indexOf(text: string): number {
    let number = this.numbers.get(text);
    if (number === undefined) {
      number = this.numbers.size;
      this.numbers.set(text, number);
    }
    return number;
  }

  toJson(): string {
    return JSON.stringify([...this.numbers.keys()]);
  }
}

/** @throws EnvelopeError when the text is not an envelope of a known version, whole and well-typed. */
export function decodeEnvelope(text: string): Envelope {
  const head = parseHead(text);
  const { id } = head;
  if ('close' in head) return { kind: 'close', publishId: id, deltas: [], close: decodeClose(head.close) };
  const { env, tp, d } = head;
  const deltas: EnvelopeDelta[] = [];
  for (const row of d) deltas.push(decodeDelta(row, env, tp));
  return { kind: 'deltas', publishId: id, deltas };
}

interface DeltasHead {
  readonly id: string;
  readonly env: readonly unknown[];
  readonly tp: readonly unknown[];
  readonly d: readonly unknown[];
}

interface CloseHead {
  readonly id: string;
  readonly close: unknown;
}

function parseHead(text: string): DeltasHead | CloseHead {
  let head: Partial<DeltasHead & CloseHead & { readonly v: unknown }> | null;
  try {
    head = JSON.parse(text) as typeof head;
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
  if (typeof head.id !== 'string') throw malformed('no publish id');
  const holdsDeltas = Array.isArray(head.env) && Array.isArray(head.tp) && Array.isArray(head.d);
  // Either deltas or a closing: of an envelope with both, two readers could take one each.
  if (holdsDeltas === 'close' in head) {
    throw malformed('a member of the head is missing or of the wrong type');
  }
  return head as DeltasHead | CloseHead;
}

function decodeClose(close: unknown): PeriodClose {
  const { environmentId, customerId, period } = (close ?? {}) as Record<string, unknown>;
  const parsed = typeof period === 'string' ? parsePeriod(period) : undefined;
  if (
    typeof environmentId !== 'string' ||
    parsed === undefined ||
    !(customerId === undefined || isCustomerId(customerId))
  ) {
    throw malformed('a member of a closing is missing or of the wrong type');
  }
  return { environmentId, customerId, period: parsed };
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
  // By index, not by destructuring: the iterator that it makes costs more than all the checks below.
  const members = row as unknown[];
  const env = members[0];
  const tp = members[1];
  const customerId = members[2];
  const recordKey = members[3];
  const amount = members[4];
  const reason = members[5];
  const fingerprint = members[6];
  const referenceId = members[7] ?? 0;
  const occurredAtMs = members[8] ?? 0;
  const adjustsKey = members[9] ?? 0;
  const metadata = members[10] ?? 0;
  const salt = members[11] ?? 0;
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
    referenceId: referenceId === 0 ? undefined : referenceId,
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
