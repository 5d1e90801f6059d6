import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '@pacspace/domain';
import { askService, readBody, readData, type RequestOptions, requestService } from '../ask-service.js';
import type { Connection } from '../connection.js';
import { CliError } from '../errors.js';
import { sizeOf } from '../file-size.js';

const BASE = '/api/v1/balance/compare';
/** A server that restarts, a network that comes back: questions are put again for so long. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 500;

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
    const response = await this.request(`${BASE}/statements?${query.toString()}`, {
      method: 'POST',
      headers: { 'content-type': mediaType },
      body: Readable.toWeb(Readable.from(counted())) as ReadableStream,
      duplex: 'half',
    });
    return await readData(response);
  }

  async statement(statementId: string): Promise<JsonObject> {
    return await this.ask(`${BASE}/statements/${encodeURIComponent(statementId)}`);
  }

  /** @param key the same one over the tries: one report comes of them. */
  async compare(body: object, key: string): Promise<JsonObject> {
    return await this.ask(BASE, { body, key });
  }

  async report(reportId: string): Promise<JsonObject> {
    return await this.ask(`${BASE}/${encodeURIComponent(reportId)}`);
  }

  /** What was found, as a file that is as long as it is. */
  async export(reportId: string, query: URLSearchParams): Promise<AsyncIterable<Uint8Array>> {
    const path = `${BASE}/${encodeURIComponent(reportId)}/findings?${query.toString()}`;
    return await readBody(await this.request(path, { headers: {} }));
  }

  private async ask(
    path: string,
    post?: { readonly body: object; readonly key: string },
  ): Promise<JsonObject> {
    const { baseUrl, apiKey } = this.connection;
    return await this.patiently(() =>
      askService({
        method: post === undefined ? 'GET' : 'POST',
        url: `${baseUrl}${path}`,
        headers: { 'x-api-key': apiKey, ...(post !== undefined && { 'idempotency-key': post.key }) },
        body: post?.body,
        interrupted: this.interrupted,
      }),
    );
  }

  private request(path: string, { headers, ...options }: RequestOptions): Promise<Response> {
    const { baseUrl, apiKey } = this.connection;
    return requestService(`${baseUrl}${path}`, {
      ...options,
      headers: { ...headers, 'x-api-key': apiKey },
      signal: this.interrupted,
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
}
