import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type JsonObject, isJsonObject } from '@pacspace/domain';
import type { Connection } from '../connection.js';
import { CliError } from '../errors.js';

const BASE = '/api/v1/balance/compare';
/** A server that restarts, a network that comes back: questions are put again for so long. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 500;
const ANSWER_TIMEOUT_MS = 60_000;

export interface UploadRequest {
  /** A path, or "-" for standard input. */
  readonly file: string;
  readonly mediaType: string;
  readonly query: URLSearchParams;
  readonly onSent: (sent: number, size: number | undefined) => void;
}

/** What `pacspace compare` asks of the service. */
export class CompareApi {
  constructor(
    private readonly connection: Connection,
    private readonly interrupted: AbortSignal,
  ) {}

  /** Sends a file as it is read. Once: whether it arrived is in the answer. */
  async upload({ file, mediaType, query, onSent }: UploadRequest): Promise<JsonObject> {
    const size = file === '-' ? undefined : await sizeOf(file);
    const source = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 256 * 1024 });
    let sent = 0;
    const counted = async function* (): AsyncGenerator<Buffer> {
      for await (const chunk of source as AsyncIterable<Buffer>) {
        yield chunk;
        onSent((sent += chunk.length), size);
      }
    };
    return await this.send(`${BASE}/statements?${query.toString()}`, {
      method: 'POST',
      headers: { 'content-type': mediaType },
      body: Readable.toWeb(Readable.from(counted())) as ReadableStream,
      duplex: 'half',
      signal: this.interrupted,
    });
  }

  async statement(statementId: string): Promise<JsonObject> {
    return await this.patiently(() => this.get(`${BASE}/statements/${encodeURIComponent(statementId)}`));
  }

  /** @param key the same one over the tries: one report comes of them. */
  async compare(body: object, key: string): Promise<JsonObject> {
    return await this.patiently(() =>
      this.send(BASE, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(body),
        signal: AbortSignal.any([this.interrupted, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
      }),
    );
  }

  async report(reportId: string): Promise<JsonObject> {
    return await this.patiently(() => this.get(`${BASE}/${encodeURIComponent(reportId)}`));
  }

  /** What was found, as a file that is as long as it is. */
  async export(reportId: string, query: URLSearchParams): Promise<AsyncIterable<Uint8Array>> {
    const response = await this.request(
      `${BASE}/${encodeURIComponent(reportId)}/findings?${query.toString()}`,
      {
        signal: this.interrupted,
      },
    );
    if (!response.ok || response.body === null) throw refusal(response, await response.text());
    return response.body;
  }

  private get(path: string): Promise<JsonObject> {
    return this.send(path, {
      signal: AbortSignal.any([this.interrupted, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
    });
  }

  /** Asks again when the server is away or busy. */
  private async patiently<T>(ask: () => Promise<T>): Promise<T> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        const mayPass = error instanceof CliError && error.code === 'UNREACHABLE';
        if (!mayPass || this.interrupted.aborted || performance.now() > giveUpAt) throw error;
        await sleep(PAUSE_MS, undefined, { signal: this.interrupted });
      }
    }
  }

  private async send(path: string, init: RequestInit & { readonly duplex?: 'half' }): Promise<JsonObject> {
    const response = await this.request(path, init);
    const text = await response.text();
    const data = dataOf(text);
    if (response.ok && data !== undefined) return data;
    throw refusal(response, text);
  }

  private async request(path: string, init: RequestInit & { readonly duplex?: 'half' }): Promise<Response> {
    const { baseUrl, apiKey } = this.connection;
    try {
      return await fetch(`${baseUrl}${path}`, {
        ...init,
        // A redirect would carry the key to whatever host it names.
        redirect: 'manual',
        headers: { ...(init.headers as Record<string, string> | undefined), 'x-api-key': apiKey },
      });
    } catch (error) {
      if (this.interrupted.aborted) throw error;
      const { cause, message } = error as Error;
      const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? message;
      throw new CliError('UNREACHABLE', `${baseUrl} does not answer: ${code}`, { cause: error });
    }
  }
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    const found = await stat(file);
    if (found.isDirectory()) throw new CliError('INPUT', `${file} is a folder`);
    return found.isFile() ? found.size : undefined;
  } catch (error) {
    if (error instanceof CliError) throw error;
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const message = isMissing
      ? `there is no file ${file}`
      : `cannot read ${file}: ${(error as Error).message}`;
    throw new CliError('INPUT', message, { cause: error });
  }
}

function dataOf(text: string): JsonObject | undefined {
  const body = parse(text);
  const data = isJsonObject(body) ? body['data'] : undefined;
  return isJsonObject(data) ? data : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal(response: Response, text: string): CliError {
  const body = parse(text);
  const error = isJsonObject(body) && isJsonObject(body['error']) ? body['error'] : {};
  const { message } = error;
  const said = typeof message === 'string' ? message : `HTTP ${response.status}`;
  const { status } = response;
  if (status === 401 || status === 403)
    return new CliError('NOT_AUTHORISED', `the server does not take this key: ${said}`);
  if (status === 429 || status >= 500) return new CliError('UNREACHABLE', `the server is busy: ${said}`);
  // What is asked with was put together from the command line: its mistakes are there.
  return new CliError(status === 400 ? 'USAGE' : 'REFUSED', said);
}
