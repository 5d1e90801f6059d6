import { Redis } from 'ioredis';
import { orUnavailable } from './errors.js';

export interface CacheOptions {
  /** redis://:password@host:6379/0, or rediss:// for TLS. */
  readonly url: string;
  /** Shown in the server's client list. */
  readonly name: string;
  /** Told of every failed connection attempt and of every lost connection. */
  readonly onError: (error: Error) => void;
  /** Told when commands are answered again, and when they no longer are. */
  readonly onReady?: (ready: boolean) => void;
  /** How long a command may take; past it the caller does without the cache. */
  readonly commandTimeoutMs?: number;
}

/** A connection to the cache. Nothing in it is needed: whoever cannot read it asks the ledger. */
export interface Cache {
  readonly redis: Redis;
}

const RECONNECT_MAX_MS = 1_000;

/**
 * Begins to connect, and stays connected: reconnects without end. Returns at once, since an app serves without it.
 *
 * While Redis is away every command fails at once, and those under way fail with the connection: nothing is queued, so
 * that memory stays bounded and a caller never waits longer than `commandTimeoutMs` (default 1,000).
 */
export function connectCache(options: CacheOptions): Cache {
  const { commandTimeoutMs = 1_000 } = options;
  const redis = new Redis(options.url, {
    connectionName: options.name,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandTimeoutMs,
    // A server that hangs keeps its connection open; this drops it, and all that waits behind it.
    socketTimeout: 2 * commandTimeoutMs,
    connectTimeout: 2_000,
    retryStrategy: (attempt) => Math.min(attempt * 50, RECONNECT_MAX_MS),
  });
  redis.on('error', options.onError);
  let wasReady = false;
  const tell = (ready: boolean): void => {
    // `close` comes once for every failed attempt.
    if (ready !== wasReady) options.onReady?.(ready);
    wasReady = ready;
  };
  redis.on('ready', () => tell(true));
  redis.on('close', () => tell(false));
  return { redis };
}

/** True while commands are sent; false from the moment the connection is known to be lost. */
export function isCacheReady(cache: Cache): boolean {
  return cache.redis.status === 'ready';
}

/** @throws CacheError UNAVAILABLE */
export async function pingCache(cache: Cache): Promise<void> {
  await orUnavailable(cache.redis.ping());
}

/** Ends the connection; what is under way fails. */
export function closeCache(cache: Cache): void {
  cache.redis.disconnect();
}
