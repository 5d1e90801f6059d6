import { type Amount, isDeltaInRange, MAX_DELTA_UNITS, parseAmount, AMOUNT_SCALE } from './decimal.js';
import { type JsonObject, type JsonValue, isJsonObject } from './json.js';
import { type FieldProblem, findMetadataProblem, METADATA_LIMITS } from './metadata.js';
import { parseTime } from './time.js';

/** What a producer says happened, checked and normalised, before it has an identity. */
export interface DeltaInput {
  readonly customerId: string;
  readonly amount: Amount;
  readonly reason: string;
  readonly referenceId?: string;
  readonly metadata?: JsonObject;
  readonly adjusts?: AdjustsTarget;
  /** When the usage happened, ms since the epoch; absent: when it was recorded. */
  readonly occurredAtMs?: number;
  readonly idempotencyKey?: string;
}

/** The earlier delta that a correction names, by its record id or by its producer's reference. */
export type AdjustsTarget = { readonly recordId: string } | { readonly referenceId: string };

export type ParsedDelta =
  | { readonly ok: true; readonly delta: DeltaInput }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] };

export const DELTA_LIMITS = {
  customerIdLength: 128,
  reasonLength: 500,
  referenceIdLength: 256,
  idempotencyKeyLength: 256,
  metadataBytes: METADATA_LIMITS.bytes,
  metadataDepth: METADATA_LIMITS.depth,
  /** How far ahead of the receiving clock an event time may lie: clocks differ, usage does not come from the future. */
  occurredAtAheadMs: 5 * 60_000,
  /** 2000-01-01: an older event time is a unit mistake (seconds for milliseconds, a zeroed field). */
  occurredAtOldestMs: 946_684_800_000,
} as const;

const CUSTOMER_ID = /^[A-Za-z0-9_\-.:]{1,128}$/;
const RECORD_ID = /^rec_[0-9a-f]{32}$/;
const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  'customerId',
  'delta',
  'reason',
  'referenceId',
  'metadata',
  'adjusts',
  'occurredAt',
  'idempotencyKey',
]);

/**
 * Checks one delta as it came over the wire. Every problem is reported, not only the first. Unknown fields are
 * refused: a misspelt `occuredAt` would otherwise silently move usage into another month.
 */
export function parseDelta(input: unknown, nowMs: number): ParsedDelta {
  if (!isJsonObject(input)) return { ok: false, problems: [{ path: '', message: 'must be a JSON object' }] };
  const problems: FieldProblem[] = [];
  const report = (path: string, message: string): undefined => {
    problems.push({ path, message });
    return undefined;
  };

  const customerId = parseCustomerId(input['customerId'], report);
  const amount = parseDeltaAmount(input['delta'], report);
  const reason = parseText(input['reason'], { path: 'reason', max: DELTA_LIMITS.reasonLength }, report);
  const referenceId = parseOptional(input, 'referenceId', DELTA_LIMITS.referenceIdLength, report);
  const idempotencyKey = parseOptional(input, 'idempotencyKey', DELTA_LIMITS.idempotencyKeyLength, report);
  const metadata = parseMetadata(input['metadata'], report);
  const adjusts = parseAdjusts(input['adjusts'], report);
  const occurredAtMs = parseOccurredAt(input['occurredAt'], nowMs, report);
  reportUnknownFields(input, report);

  if (problems.length > 0 || customerId === undefined || amount === undefined || reason === undefined) {
    return { ok: false, problems };
  }
  return {
    ok: true,
    delta: {
      customerId,
      amount,
      reason,
      ...(referenceId !== undefined && { referenceId }),
      ...(metadata !== undefined && { metadata }),
      ...(adjusts !== undefined && { adjusts }),
      ...(occurredAtMs !== undefined && { occurredAtMs }),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
    },
  };
}

/** An answer must not outgrow its request by much: past these, unknown fields are not listed. */
const UNKNOWN_FIELDS_LISTED = 8;

function reportUnknownFields(input: JsonObject, report: Report): void {
  const unknown = Object.keys(input).filter((name) => !KNOWN_FIELDS.has(name));
  for (const name of unknown.slice(0, UNKNOWN_FIELDS_LISTED)) {
    report(
      name.slice(0, 64).toWellFormed(),
      `is not a field of a delta; known are ${[...KNOWN_FIELDS].join(', ')}`,
    );
  }
}

export function isCustomerId(value: unknown): value is string {
  return typeof value === 'string' && CUSTOMER_ID.test(value);
}

type Report = (path: string, message: string) => undefined;

function parseCustomerId(value: unknown, report: Report): string | undefined {
  if (isCustomerId(value)) return value;
  return report('customerId', 'must be 1 to 128 characters of letters, digits, and _ - . :');
}

function parseDeltaAmount(value: unknown, report: Report): Amount | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') {
    return report('delta', 'must be a number or a decimal in a string');
  }
  const parsed = parseAmount(value);
  if (parsed.ok) {
    if (isDeltaInRange(parsed.amount)) return parsed.amount;
    return report('delta', `must not be zero, and lie within ±${MAX_DELTA_UNITS.toLocaleString('en')}`);
  }
  switch (parsed.problem) {
    case 'too-many-decimals':
      return report('delta', `cannot be kept exactly: more than ${AMOUNT_SCALE} decimals`);
    case 'inexact-number':
      return report('delta', 'cannot be kept exactly as a JSON number: send it as a decimal in a string');
    case 'not-finite':
      return report('delta', 'must be a finite number');
    case 'too-long':
      return report('delta', `must lie within ±${MAX_DELTA_UNITS.toLocaleString('en')}`);
    case 'not-a-decimal':
      return report('delta', 'must be a decimal such as "-12.50"');
  }
}

interface TextRule {
  readonly path: string;
  readonly max: number;
}

/** Text that every store can hold: well-formed Unicode and no NUL (Postgres takes none). */
function parseText(value: unknown, rule: TextRule, report: Report): string | undefined {
  if (typeof value !== 'string') return report(rule.path, 'must be a string');
  if (value.length === 0 || value.length > rule.max) {
    return report(
      rule.path,
      `must be 1 to ${rule.max} characters (UTF-16 code units) long; it has ${value.length}`,
    );
  }
  if (value.includes('\0')) return report(rule.path, 'must not contain the NUL character');
  if (!value.isWellFormed())
    return report(rule.path, 'must be well-formed Unicode: it holds half of a surrogate pair');
  return value;
}

function parseOptional(input: JsonObject, path: string, max: number, report: Report): string | undefined {
  const value = input[path];
  return value === undefined || value === null ? undefined : parseText(value, { path, max }, report);
}

function parseMetadata(value: JsonValue | undefined, report: Report): JsonObject | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) return report('metadata', 'must be a JSON object');
  const problem = findMetadataProblem(value);
  return problem === undefined ? value : report(problem.path, problem.message);
}

function parseAdjusts(value: JsonValue | undefined, report: Report): AdjustsTarget | undefined {
  if (value === undefined || value === null) return undefined;
  const { recordId, referenceId, ...others } = isJsonObject(value) ? dropNulls(value) : {};
  if ((recordId === undefined) === (referenceId === undefined) || Object.keys(others).length > 0) {
    return report('adjusts', 'must be an object with either recordId or referenceId');
  }
  if (referenceId !== undefined) {
    const rule = { path: 'adjusts.referenceId', max: DELTA_LIMITS.referenceIdLength };
    const text = parseText(referenceId, rule, report);
    return text === undefined ? undefined : { referenceId: text };
  }
  if (isRecordId(recordId)) return { recordId };
  return report('adjusts.recordId', 'must be a record id: rec_ and 32 hexadecimal digits');
}

/** A member that is null is absent, as at the top. */
function dropNulls(object: JsonObject): Partial<JsonObject> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}

export function isRecordId(value: unknown): value is string {
  return typeof value === 'string' && RECORD_ID.test(value);
}

function parseOccurredAt(value: JsonValue | undefined, nowMs: number, report: Report): number | undefined {
  if (value === undefined || value === null) return undefined;
  const timeMs = typeof value === 'string' ? parseTime(value) : undefined;
  if (timeMs === undefined) {
    return report('occurredAt', 'must be an ISO 8601 time with its zone, such as 2026-11-24T03:19:53.123Z');
  }
  if (timeMs > nowMs + DELTA_LIMITS.occurredAtAheadMs) {
    return report(
      'occurredAt',
      `must not lie more than ${DELTA_LIMITS.occurredAtAheadMs / 60_000} minutes in the future`,
    );
  }
  if (timeMs < DELTA_LIMITS.occurredAtOldestMs) return report('occurredAt', 'must not lie before 2000-01-01');
  return timeMs;
}
