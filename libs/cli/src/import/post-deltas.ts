import { type JsonValue, isJsonObject } from '@pacspace/domain';
import type { ApiErrorCode } from '@pacspace/wire';
import type { Connection } from '../connection.js';
import { CliError } from '../errors.js';

/** What the server did with one delta. */
export type DeltaAnswer =
  | { readonly kind: 'recorded' }
  /** Its key was recorded before, with the same content. */
  | { readonly kind: 'known' }
  | { readonly kind: 'rejected'; readonly reason: string }
  /** Not taken, and not for a fault of its own: to be sent again. */
  | { readonly kind: 'busy'; readonly reason: string };

export type PostOutcome =
  /** One answer per delta, in their order. */
  | { readonly kind: 'answered'; readonly answers: readonly DeltaAnswer[] }
  /** Nothing is known to be recorded, and trying again may help. */
  | {
      readonly kind: 'busy';
      readonly reason: string;
      readonly retryAfterMs: number;
      /** False when nothing came back at all. */
      readonly isHeard: boolean;
    }
  | { readonly kind: 'refused'; readonly error: CliError };

/** Longer than the server itself waits for its log; a connection that says nothing for so long is gone. */
const ANSWER_TIMEOUT_MS = 60_000;

/** Codes of single items that say: not now (the rest of the batch may have been taken). */
const BUSY_CODES: ReadonlySet<string> = new Set<ApiErrorCode>(['UNAVAILABLE', 'RATE_LIMITED', 'INTERNAL']);

/**
 * One POST /api/v1/balance/delta/batch with a delta a line (application/x-ndjson).
 *
 * @param signal ends the request; the outcome is then busy, since the deltas may or may not be recorded.
 */
export async function postDeltas(
  { baseUrl, apiKey }: Connection,
  lines: readonly string[],
  signal: AbortSignal,
): Promise<PostOutcome> {
  const url = `${baseUrl}/api/v1/balance/delta/batch`;
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', accept: 'application/json', 'x-api-key': apiKey },
      body: lines.join('\n'),
      // A redirect would carry the key, and the usage, to whatever host it names.
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
    });
    text = await response.text();
  } catch (error) {
    return { kind: 'busy', reason: describeFailure(error), retryAfterMs: 0, isHeard: false };
  }
  const body = parseBody(text);
  if (response.ok) return readAnswers(body, lines.length);
  const reason = `HTTP ${response.status}${describeProblem(body)}`;
  if (response.status >= 500 || response.status === 429 || response.status === 408) {
    return { kind: 'busy', reason, retryAfterMs: readRetryAfter(response, body), isHeard: true };
  }
  return { kind: 'refused', error: refuse(response, reason, url) };
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The service writes its answer while it still reads the batch: when that breaks off, the answer covers the deltas up
 * to there, and says `success: false` at its end.
 */
function readAnswers(body: unknown, count: number): PostOutcome {
  const data = isJsonObject(body) ? body['data'] : undefined;
  const results = isJsonObject(data) ? data['results'] : undefined;
  const answers = new Array<DeltaAnswer | undefined>(count).fill(undefined);
  if (Array.isArray(results)) {
    for (const result of results as readonly JsonValue[]) {
      const index = isJsonObject(result) ? result['index'] : undefined;
      if (typeof index !== 'number' || !isJsonObject(result)) continue;
      if (Number.isInteger(index) && index >= 0 && index < count) answers[index] = readAnswer(result);
    }
  }
  const isWhole = isJsonObject(body) && body['success'] === true;
  if (!isWhole && Array.isArray(results)) {
    const reason = `the batch broke off${describeProblem(body)}`;
    return { kind: 'answered', answers: answers.map((answer) => answer ?? { kind: 'busy', reason }) };
  }
  // Counting a delta that the answer passes over as recorded would be a guess about money.
  const known = answers.filter((answer) => answer !== undefined);
  if (known.length === count) return { kind: 'answered', answers: known };
  return { kind: 'refused', error: unexpectedAnswer(known.length, count) };
}

function unexpectedAnswer(known: number, count: number): CliError {
  return new CliError(
    'REFUSED',
    `the server's answer accounts for ${known} of ${count} deltas: is it a PacSpace server?`,
  );
}

const TAKEN: ReadonlySet<unknown> = new Set(['QUEUED', 'PROCESSING', 'VERIFIED']);

function readAnswer(result: Readonly<Record<string, JsonValue>>): DeltaAnswer | undefined {
  if (TAKEN.has(result['status'])) return { kind: result['idempotent'] === true ? 'known' : 'recorded' };
  if (result['status'] !== 'FAILED') return undefined;
  const { code, message } = readItemError(result['error']);
  const reason =
    [code, message].filter((part) => part !== '').join(': ') || 'refused by the server without a reason';
  return { kind: BUSY_CODES.has(code) ? 'busy' : 'rejected', reason };
}

/** The contract leaves the shape of an item's error open: a text, or an object like that of a whole request. */
function readItemError(error: JsonValue | undefined): { readonly code: string; readonly message: string } {
  if (typeof error === 'string')
    return { code: /^[A-Z_]+(?=$|: )/.exec(error)?.[0] ?? '', message: error.replace(/^[A-Z_]+: /, '') };
  if (!isJsonObject(error)) return { code: '', message: '' };
  return {
    code: textOf(error['code']),
    message: describeFields(error['fields']) || textOf(error['message']),
  };
}

function describeFields(fields: JsonValue | undefined): string {
  if (!Array.isArray(fields)) return '';
  return (fields as readonly JsonValue[])
    .map((field) => (isJsonObject(field) ? `${textOf(field['path'])} ${textOf(field['message'])}` : ''))
    .join('; ');
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function describeProblem(body: unknown): string {
  if (!isJsonObject(body)) return '';
  const { code, message } = readItemError(body['error']);
  return ` ${[code, message].filter((part) => part !== '').join(': ')}`.trimEnd();
}

/** Seconds or an HTTP date (RFC 9110, 10.2.3), or the contract's own member. */
function readRetryAfter(response: Response, body: unknown): number {
  const header = response.headers.get('retry-after');
  if (header !== null) {
    const seconds = Number(header);
    const waitMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
    if (waitMs > 0) return waitMs;
  }
  const error = isJsonObject(body) ? body['error'] : undefined;
  const seconds = isJsonObject(error) ? error['retryAfterSeconds'] : undefined;
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : 0;
}

function refuse(response: Response, reason: string, url: string): CliError {
  switch (response.status) {
    case 401:
      return new CliError(
        'NOT_AUTHORISED',
        `the server does not know this API key (${reason}). Check PACSPACE_API_KEY or --key, and that the key is switched on.`,
      );
    case 402:
      return new CliError(
        'NOT_AUTHORISED',
        `the plan is used up (${reason}). Raise it, or wait for its next month; then run the same command again.`,
      );
    case 403:
      return new CliError(
        'NOT_AUTHORISED',
        `the key may not do this here (${reason}). A pk_live_ key needs the production URL, a pk_test_ key the sandbox's.`,
      );
    case 412:
      return new CliError(
        'NOT_AUTHORISED',
        `the key's environment is not active yet (${reason}). Wait a moment and run the same command again.`,
      );
    case 413:
      return new CliError(
        'REFUSED',
        `a batch is too large for the server (${reason}). Run again with a smaller --batch-size.`,
      );
    default: {
      const moved = response.headers.get('location');
      const hint =
        moved === null
          ? `Is the base URL right? Asked was ${url}`
          : `It points to ${moved}; give that base URL with --url`;
      return new CliError('REFUSED', `the server does not take batches there (${reason}). ${hint}`);
    }
  }
}

/** fetch hides what happened ("fetch failed") in its cause. */
function describeFailure(error: unknown): string {
  const { name, message, cause } = error as Error;
  if (name === 'TimeoutError') return `no answer within ${ANSWER_TIMEOUT_MS / 1000} s`;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  switch (code) {
    case 'ECONNREFUSED':
      return 'nothing listens there (ECONNREFUSED)';
    case 'ENOTFOUND':
      return 'there is no such host (ENOTFOUND)';
    case 'ECONNRESET':
    case 'UND_ERR_SOCKET':
      return `the server hung up (${code})`;
    default:
      return code ?? (cause instanceof Error ? cause.message : message);
  }
}
