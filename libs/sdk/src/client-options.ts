import { InvalidApiKeyError, ValidationError } from './errors.js';
import type { TransportOptions } from './http/transport.js';

export interface ClientOptions {
  /** `pk_test_PUBLIC.SECRET` or `pk_live_PUBLIC.SECRET`. */
  readonly apiKey: string;
  /**
   * Where the service is, without `/api/v1`. Else the environment variable PACSPACE_API_BASE_URL, where there is one;
   * else the public service: https://app.pacspace.io, or for the sandbox https://sandbox.pacspace.io.
   */
  readonly baseUrl?: string;
  /** Tries after the first one, for 408, 429, 5xx and no answer; 4 unless told. */
  readonly maxRetries?: number;
  /** How long one try may take; 30,000 unless told. */
  readonly timeoutMs?: number;
  /** The longest `Retry-After` that is waited for; 60,000 unless told. */
  readonly maxRetryAfterMs?: number;
  /** Instead of the platform's. */
  readonly fetch?: typeof globalThis.fetch;
}

const API_KEY = /^pk_(test|live)_[A-Za-z0-9]+\.[\x21-\x7e]+$/;
const HOSTS = { test: 'https://sandbox.pacspace.io', live: 'https://app.pacspace.io' };
const DEFAULTS = { maxRetries: 4, timeoutMs: 30_000, maxRetryAfterMs: 60_000 };

export interface ResolvedOptions {
  readonly environment: 'sandbox' | 'production';
  readonly transport: TransportOptions;
}

/** @throws InvalidApiKeyError | ValidationError */
export function resolveOptions(options: ClientOptions): ResolvedOptions {
  // Undefined is what a program without types passes when its environment variable is not set.
  const apiKey = ((options.apiKey as string | undefined) ?? '').trim();
  const kind = API_KEY.exec(apiKey)?.[1];
  if (kind !== 'test' && kind !== 'live') {
    throw new InvalidApiKeyError('an API key looks like pk_test_PUBLIC.SECRET or pk_live_PUBLIC.SECRET', {
      code: 'INVALID_API_KEY',
    });
  }
  const { fetch = globalThis.fetch } = options;
  return {
    environment: kind === 'test' ? 'sandbox' : 'production',
    transport: {
      apiKey,
      baseUrl: parseBaseUrl(options.baseUrl ?? variable('PACSPACE_API_BASE_URL') ?? HOSTS[kind]),
      maxRetries: options.maxRetries ?? DEFAULTS.maxRetries,
      timeoutMs: options.timeoutMs ?? DEFAULTS.timeoutMs,
      maxRetryAfterMs: options.maxRetryAfterMs ?? DEFAULTS.maxRetryAfterMs,
      // Browsers refuse fetch as another object's method.
      fetch: (input, init) => fetch(input, init),
    },
  };
}

function parseBaseUrl(text: string): string {
  const url = parseUrl(text);
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new ValidationError(`not a base URL such as https://app.pacspace.io: ${JSON.stringify(text)}`, {
      code: 'VALIDATION_FAILED',
    });
  }
  return url.origin + url.pathname.replace(/\/+$/, '').replace(/\/api\/v1(\/balance)?$/, '');
}

function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** Of the process, where there is one: browsers and workers have none. */
export function variable(name: string): string | undefined {
  const { process } = globalThis as {
    readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> };
  };
  const value = process?.env?.[name];
  return value === '' ? undefined : value;
}
