import { PacSpaceError, ServiceUnavailableError, TimeoutError, ValidationError } from '../errors.js';
import { pauseBefore, type RetryPolicy, sleep } from './retry.js';
import { isObject, toError } from './to-error.js';

export interface TransportOptions extends RetryPolicy {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly apiKey: string;
  /** Of one try. */
  readonly timeoutMs: number;
  readonly fetch: typeof globalThis.fetch;
}

export type QueryValue = string | number | boolean | undefined;

export interface Call {
  readonly method: 'GET' | 'POST';
  /** With its parts escaped. */
  readonly path: string;
  readonly query?: Readonly<Record<string, QueryValue>> | undefined;
  readonly body?: unknown;
  /** Sent as it is, instead of `body` as JSON. */
  readonly raw?: { readonly text: string; readonly contentType: string } | undefined;
  /** The same one on every try of the call. */
  readonly idempotencyKey?: string | undefined;
  /** Instead of the API key. */
  readonly credential?: 'none' | { readonly accessToken: string };
  /** False: the answer is no success envelope. */
  readonly isEnvelope?: boolean;
  /** What the caller waits for at most is up to this; its reason is what is thrown. */
  readonly signal?: AbortSignal | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The whole JSON document. */
  readonly body: Record<string, unknown>;
}

/** One HTTP call as often as it takes. @throws PacSpaceError of the last try; the signal's reason. */
export async function send(options: TransportOptions, call: Call): Promise<Answer> {
  for (let tried = 1; ; tried += 1) {
    const answer = await sendOnce(options, call);
    if (!(answer instanceof PacSpaceError)) return answer;
    const pauseMs = pauseBefore(tried, answer, options);
    if (pauseMs === undefined) throw answer;
    await sleep(pauseMs, call.signal);
  }
}

/** `data` of a call's answer. */
export async function sendForData<T>(options: TransportOptions, call: Call): Promise<T> {
  const { body } = await send(options, call);
  return body['data'] as T;
}

async function sendOnce(options: TransportOptions, call: Call): Promise<Answer | PacSpaceError> {
  const { signal } = call;
  const limit = new AbortController();
  const onAbort = (): void => limit.abort(signal?.reason);
  throwIfAborted(signal);
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => limit.abort(TIMED_OUT), options.timeoutMs);
  try {
    const response = await options.fetch(urlOf(options, call), initOf(options, call, limit.signal));
    const body = parse(await response.text());
    if (response.ok && response.status !== 202) {
      return isObject(body) && (body['success'] === true || call.isEnvelope === false)
        ? { status: response.status, headers: response.headers, body }
        : brokenOff(response, body);
    }
    return toError(response, body);
  } catch (cause) {
    throwIfAborted(signal);
    if (limit.signal.aborted) {
      return new TimeoutError(`no answer within ${options.timeoutMs} ms`, { code: 'TIMEOUT', cause });
    }
    const message = `the service at ${options.baseUrl} cannot be reached: ${describe(cause)}`;
    return new ServiceUnavailableError(message, { code: 'NETWORK', cause });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw signal.reason as Error;
}

const TIMED_OUT = Symbol('timed out');

function urlOf({ baseUrl }: TransportOptions, { path, query = {} }: Call): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) params.set(name, String(value));
  }
  const text = params.toString();
  return `${baseUrl}${path}${text === '' ? '' : `?${text}`}`;
}

function initOf({ apiKey }: TransportOptions, call: Call, signal: AbortSignal): RequestInit {
  const { body, credential, idempotencyKey, method, raw } = call;
  const text = raw?.text ?? (body === undefined ? undefined : JSON.stringify(body));
  return {
    method,
    signal,
    // A key must not follow a redirect to another host. Not 'error', which some workers do not know.
    redirect: 'manual',
    headers: {
      accept: 'application/json, application/problem+json',
      ...(credential === undefined && { 'x-api-key': apiKey }),
      ...(typeof credential === 'object' && { authorization: `Bearer ${credential.accessToken}` }),
      ...(text !== undefined && { 'content-type': raw?.contentType ?? 'application/json' }),
      ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
    },
    ...(text !== undefined && { body: text }),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A 2xx without success: a batch that broke off while it was answered, or something that is not the service. */
function brokenOff({ status }: Response, body: unknown): PacSpaceError {
  if (isObject(body) && body['success'] === false && isObject(body['error'])) {
    const { code, message } = body['error'];
    const text = typeof message === 'string' ? message : 'the answer broke off';
    return typeof code === 'string'
      ? new ServiceUnavailableError(text, { code, status })
      : new ValidationError(text, { code: 'VALIDATION_FAILED', status });
  }
  return new PacSpaceError('the answer is not one of a PacSpace service: is the base URL right?', {
    code: 'UNEXPECTED_ANSWER',
    status,
  });
}

/** fetch hides what happened ("fetch failed") in its cause. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (isObject(cause) || cause instanceof Error) {
    const { code, message } = cause as { readonly code?: unknown; readonly message?: unknown };
    if (typeof code === 'string') return code;
    if (typeof message === 'string' && message !== '') return message;
  }
  return error.message;
}
