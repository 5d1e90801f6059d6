import type { Cache } from '@pacspace/cache';
import type { DeltaLog } from '@pacspace/log';
import type { AppContext } from '@pacspace/service';
import type pg from 'pg';
import type { GatewayConfig } from './config.js';
import type { KeyDirectory } from './auth/key-directory.js';
import type { RateLimits } from './rate/rate-limits.js';

export interface GatewayStores {
  readonly log: DeltaLog;
  readonly pool: pg.Pool;
  readonly cache: Cache;
}

/** Who may come in, and how much of it. */
export interface Admission {
  readonly keys: KeyDirectory;
  readonly rates: RateLimits;
}

/**
 * What the gateway's modules share: one connection to each store, what keys may send, and the chassis. Made before Nest starts, so that a
 * module's factories are synchronous and nothing is half there; injected by this class.
 */
export class GatewayResources {
  readonly config;
  readonly logger;
  readonly metrics;
  readonly queues;
  readonly health;
  readonly shutdown;
  readonly log;
  readonly pool;
  readonly cache;

  constructor(
    context: AppContext<GatewayConfig>,
    { log, pool, cache }: GatewayStores,
    readonly admission: Admission,
  ) {
    this.config = context.config;
    this.logger = context.logger;
    this.metrics = context.metrics;
    this.queues = context.queues;
    this.health = context.health;
    this.shutdown = context.shutdown;
    this.log = log;
    this.pool = pool;
    this.cache = cache;
  }
}
