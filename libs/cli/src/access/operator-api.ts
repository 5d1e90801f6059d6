import { isJsonObject, type JsonValue } from '@pacspace/domain';
import type { CommandContext } from '../command.js';
import { parseBaseUrl, present, readDevFile } from '../connection.js';
import { CliError } from '../errors.js';

const ANSWER_TIMEOUT_MS = 30_000;

/** The console's operator API and what opens it. */
export interface OperatorConnection {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly token: string;
  readonly interrupted: AbortSignal;
}

/** @throws CliError USAGE when there is no URL or no token. */
export function resolveOperator(
  givenUrl: string | undefined,
  { cwd, env, interrupted }: CommandContext,
): OperatorConnection {
  const url = givenUrl ?? present(env['OPERATOR_URL']);
  const token = present(env['OPERATOR_TOKEN']);
  // The token of a local console says nothing to another one: the file is taken as a whole or not at all.
  const dev = url === undefined && token === undefined ? readDevFile(cwd)?.['operator'] : undefined;
  const local = isJsonObject(dev) ? dev : {};
  const [baseUrl, found] = [url ?? local['url'], token ?? local['token']];
  if (typeof baseUrl !== 'string' || typeof found !== 'string') {
    throw new CliError(
      'USAGE',
      'no operator API: give OPERATOR_URL (or --url) and OPERATOR_TOKEN; or neither, in the folder where `npm start` runs',
    );
  }
  return { baseUrl: parseBaseUrl(baseUrl), token: found, interrupted };
}

/**
 * @returns `data` of the answer.
 * @throws CliError UNREACHABLE | NOT_AUTHORISED | REFUSED
 */
export async function askOperator(
  { baseUrl, token, interrupted }: OperatorConnection,
  path: string,
  body?: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, JsonValue>>> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${baseUrl}/operator/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      // A redirect would carry the token to whatever host it names.
      redirect: 'manual',
      signal: AbortSignal.any([interrupted, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
    });
    text = await response.text();
  } catch (cause) {
    throw new CliError('UNREACHABLE', `${baseUrl} does not answer`, { cause });
  }
  const answer = parseObject(text);
  const { data, error } = answer;
  if (response.ok && isJsonObject(data)) return data;
  const message = isJsonObject(error) && typeof error['message'] === 'string' ? error['message'] : undefined;
  if (response.status === 401 || response.status === 403) {
    throw new CliError('NOT_AUTHORISED', message ?? `${baseUrl} does not take the token`);
  }
  throw new CliError('REFUSED', message ?? `${baseUrl} answers HTTP ${response.status}: is it the console?`);
}

function parseObject(text: string): Readonly<Record<string, JsonValue>> {
  try {
    const value = JSON.parse(text) as JsonValue;
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}
