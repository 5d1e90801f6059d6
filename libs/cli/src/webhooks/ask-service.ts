import { isJsonObject } from '@pacspace/domain';
import { CliError } from '../errors.js';

const TIMEOUT_MS = 30_000;

export interface ServiceRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Complete. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** Asks once. @returns `data` of the answer. @throws CliError UNREACHABLE | NOT_AUTHORISED | REFUSED */
export async function askService(request: ServiceRequest): Promise<Readonly<Record<string, unknown>>> {
  const { method, url, headers, body } = request;
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(url, {
      method,
      headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    text = await answer.text();
  } catch (cause) {
    throw new CliError('UNREACHABLE', `${new URL(url).origin} does not answer: ${String(cause)}`, { cause });
  }
  const content = parse(text);
  const data = content?.['data'];
  if (answer.ok && isJsonObject(data)) return data;
  const error = content?.['error'];
  const words =
    isJsonObject(error) && typeof error['message'] === 'string' ? error['message'] : text.slice(0, 200);
  const code = answer.status === 401 || answer.status === 403 ? 'NOT_AUTHORISED' : 'REFUSED';
  throw new CliError(code, `${words} (${answer.status})`);
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
