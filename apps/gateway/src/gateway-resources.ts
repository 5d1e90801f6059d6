import type { DeltaLog } from '@pacspace/log';
import type { AppContext } from '@pacspace/service';
import type pg from 'pg';
import type { GatewayConfig } from './config.js';

/**
 * What the gateway's modules share: one log connection, one pool, and the chassis. Made before Nest starts, so that a
 * module's factories are synchronous and nothing is half there; injected by this class.
 */
export class GatewayResources {
  readonly config;
  readonly logger;
  readonly metrics;
  readonly queues;
  readonly health;
  readonly shutdown;

  constructor(
    context: AppContext<GatewayConfig>,
    readonly log: DeltaLog,
    readonly pool: pg.Pool,
  ) {
    this.config = context.config;
    this.logger = context.logger;
    this.metrics = context.metrics;
    this.queues = context.queues;
    this.health = context.health;
    this.shutdown = context.shutdown;
  }
}
