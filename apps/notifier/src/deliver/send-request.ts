import { type Dispatcher as HttpClient, request } from 'undici';
import { RefusedAddressError } from './guarded-agent.js';

export interface OutgoingRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** For all of it: name, connection, request, answer. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export type Answer =
  | {
      readonly kind: 'answer';
      readonly code: number;
      readonly text: string;
      readonly retryAfter: string | undefined;
    }
  | { readonly kind: 'error'; readonly reason: string };

/** Of the answer's body so much is read, that its connection can be used again; of longer ones it is closed. */
const READ_BYTES = 16 * 1024;
/** And so much is kept. */
const KEPT_CHARS = 500;
/** The answer is known by its status: its body has this long, then it is done without. */
const BODY_MS = 1_000;

/** Sends, and resolves with whatever comes of it, within the time allowed. Never follows a redirect. */
export async function sendRequest(client: HttpClient, outgoing: OutgoingRequest): Promise<Answer> {
  const { url, headers, body, timeoutMs, signal } = outgoing;
  const expiry = new AbortController();
  const timer = setTimeout(() => expiry.abort(), timeoutMs);
  const giveUp = (): void => expiry.abort();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    const answer = await request(url, {
      dispatcher: client,
      method: 'POST',
      headers,
      body,
      signal: expiry.signal,
      // The one time-out above is for all of it.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    const text = await readStart(answer.body);
    const retryAfter = answer.headers['retry-after'];
    return {
      kind: 'answer',
      code: answer.statusCode,
      text,
      retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
    };
  } catch (error) {
    if (signal.aborted) return { kind: 'error', reason: 'cut off: the sender is shutting down' };
    if (expiry.signal.aborted) return { kind: 'error', reason: `no answer within ${timeoutMs} ms` };
    return { kind: 'error', reason: describeError(error) };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
}

/** The beginning of a body; what goes wrong with it does not change what its status has said. */
async function readStart(body: HttpClient.ResponseData['body']): Promise<string> {
  body.on('error', () => undefined);
  let text = '';
  let bytes = 0;
  const timer = setTimeout(() => body.destroy(), BODY_MS);
  try {
    for await (const chunk of body) {
      const piece = chunk as Buffer;
      bytes += piece.length;
      if (text.length < KEPT_CHARS) text += piece.toString('utf8');
      if (bytes > READ_BYTES) break;
    }
  } catch {
    // Cut off, or not what its headers said.
  } finally {
    clearTimeout(timer);
  }
  return text.slice(0, KEPT_CHARS).replaceAll('\0', '').toWellFormed();
}

/** What Node tells whoever runs it, and is of no use to the receiver's owner, who reads the delivery log. */
const NODES_ADVICE = /; if the root CA is installed locally.*$/;

function describeError(error: unknown): string {
  if (error instanceof RefusedAddressError) return error.message;
  const { code, message, cause } = error as { code?: unknown; message?: unknown; cause?: unknown };
  if (cause instanceof RefusedAddressError) return cause.message;
  const words = typeof message === 'string' && message !== '' ? message.replace(NODES_ADVICE, '') : 'failed';
  return (typeof code === 'string' ? `${words} (${code})` : words).slice(0, 300);
}
