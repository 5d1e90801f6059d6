import { isJsonObject, type JsonObject } from '@pacspace/domain';
import { askService } from '../ask-service.js';
import type { CommandContext } from '../command.js';
import { parseBaseUrl, present, readDevFile } from '../connection.js';
import { CliError } from '../errors.js';

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

/** Below /operator/; a body makes it a POST. @returns `data` of the answer. @throws CliError */
export async function askOperator(
  { baseUrl, token, interrupted }: OperatorConnection,
  path: string,
  body?: Readonly<Record<string, string>>,
): Promise<JsonObject> {
  return await askService({
    method: body === undefined ? 'GET' : 'POST',
    url: `${baseUrl}/operator/${path}`,
    headers: { authorization: `Bearer ${token}` },
    ...{ body, interrupted },
  });
}
