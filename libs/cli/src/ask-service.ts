import { type JsonObject, isJsonObject } from '@pacspace/domain';
import { CliError } from './errors.js';

const ANSWER_TIMEOUT_MS = 60_000;

/** What opens the service, and what else it is told. */
type Headers = Readonly<Record<string, string>>;

export interface ServiceRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Complete. */
  readonly url: string;
  readonly headers: Headers;
  /** Sent as JSON. */
  readonly body?: object | undefined;
  readonly interrupted: AbortSignal;
}

/** Asks once. @returns `data` of the answer. @throws CliError UNREACHABLE | NOT_AUTHORISED | USAGE | REFUSED */
export async function askService(request: ServiceRequest): Promise<JsonObject> {
  const { method, url, headers, body, interrupted } = request;
  const response = await requestService(url, {
    method,
    headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.any([interrupted, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
  });
  return await readData(response);
}

export interface RequestOptions extends Omit<RequestInit, 'headers'> {
  readonly headers: Headers;
  /** Of a body that is a stream. */
  readonly duplex?: 'half';
}

/** A request of another kind, such as a file. @throws CliError UNREACHABLE */
export async function requestService(url: string, options: RequestOptions): Promise<Response> {
  try {
    // A redirect would carry what opens the service to whatever host it names.
    return await fetch(url, { ...options, redirect: 'manual' });
  } catch (error) {
    throw toUnreachable(error, url);
  }
}

/** @returns `data` of the answer. @throws CliError */
export async function readData(response: Response): Promise<JsonObject> {
  const text = await readText(response);
  const { data } = parseObject(text);
  if (response.ok && isJsonObject(data)) return data;
  throw refusal(response, text);
}

/** @throws CliError when the service refuses: see `readData`. */
export async function readBody(response: Response): Promise<AsyncIterable<Uint8Array>> {
  if (response.ok && response.body !== null) return response.body;
  throw refusal(response, await readText(response));
}

async function readText(response: Response): Promise<string> {
  try {
    return await response.text();
  } catch (error) {
    throw toUnreachable(error, response.url);
  }
}

/** What was cut short by whoever interrupts the command is no failure of the service's. */
function toUnreachable(error: unknown, url: string): unknown {
  const { cause, message, name } = error as Error;
  if (name === 'AbortError') return error;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? message;
  return new CliError('UNREACHABLE', `${new URL(url).origin} does not answer: ${code}`, { cause: error });
}

function refusal(response: Response, text: string): CliError {
  const { status } = response;
  const { error } = parseObject(text);
  const message = isJsonObject(error) ? error['message'] : undefined;
  const said = typeof message === 'string' ? message : describeStranger(response);
  if (status === 401 || status === 403) return new CliError('NOT_AUTHORISED', said);
  if (status === 429 || status >= 500) return new CliError('UNREACHABLE', `the server is busy: ${said}`);
  // What is asked with was put together from the command line: its mistakes are there.
  return new CliError(status === 400 ? 'USAGE' : 'REFUSED', said);
}

function describeStranger({ url, status, headers }: Response): string {
  const moved = headers.get('location');
  const hint = moved === null ? 'is the URL right?' : `it points to ${moved}; give that with --url`;
  return `${new URL(url).origin} answers HTTP ${status}: ${hint}`;
}

function parseObject(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}
