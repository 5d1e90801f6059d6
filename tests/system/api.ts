import { waitFor } from '@pacspace/testing';

/** What a request came to. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the shape is what tests check
  readonly body: any;
}

/** Longer than anything that a gateway may take: an emit is given up after 5 s, a read after 2 s. */
const TIMEOUT_MS = 20_000;
/** How long a service may take to be up to date again, on a machine that has other things to do. */
const CATCH_UP = { timeoutMs: 60_000, everyMs: 100 };

/** The public API of one gateway, as a producer with a key sees it. */
export class Api {
  constructor(
    readonly baseUrl: string,
    private readonly key: string,
  ) {}

  get(path: string): Promise<Answer> {
    return this.ask(path, { method: 'GET' });
  }

  /** @param body text and bytes as they are, everything else as JSON */
  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    return this.ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: isRaw ? body : JSON.stringify(body),
    });
  }

  emit(delta: Record<string, unknown>, idempotencyKey?: string): Promise<Answer> {
    return this.post(
      '/api/v1/balance/delta',
      delta,
      idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey },
    );
  }

  emitBatch(deltas: readonly Record<string, unknown>[]): Promise<Answer> {
    return this.post('/api/v1/balance/delta/batch', { deltas });
  }

  /** @param query such as `view=totals&consistency=eventual` */
  derive(customerId: string, query = ''): Promise<Answer> {
    return this.get(`/api/v1/balance/derive/${customerId}?${query}`);
  }

  /** What a strong read says once it says that it contains all that was acknowledged: a busy projector is waited for. */
  deriveWhole(customerId: string, query = '') {
    return waitFor(async () => {
      const { status, body } = await this.derive(customerId, query);
      return status === 200 && body.data.position.consistent === true && body.data;
    }, CATCH_UP);
  }

  /** @throws TypeError when the connection breaks, TimeoutError */
  private async ask(path: string, init: RequestInit): Promise<Answer> {
    const headers = { 'x-api-key': this.key, ...(init.headers as Record<string, string> | undefined) };
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(`${this.baseUrl}${path}`, { ...init, headers, signal });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  }
}
