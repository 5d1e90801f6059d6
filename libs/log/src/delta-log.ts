import {
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
  jetstream,
  jetstreamManager,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  COMPARE_WORK_STREAM,
  COMPARE_WORK_SUBJECT,
  DEAD_LETTERS_STREAM,
  DELTAS_STREAM,
  EVENTS_STREAM,
} from '@pacspace/wire';
import { type Durability, readDurability } from './durability.js';
import { LogError } from './errors.js';

const NANOS_PER_MS = 1_000_000;

/** A publish retried within this time is recognised by its id; the publisher gives up long before. */
export const DUPLICATE_WINDOW_MS = 120_000;

const EVENTS_KEPT_MS = 14 * 24 * 3_600_000;

export interface DeltaLog {
  readonly connection: NatsConnection;
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly lanes: number;
  readonly durability: Durability;
}

export interface DeltaLogOptions {
  readonly lanes: number;
  /** Copies of each stream; 3 on a cluster, 1 on a single server. */
  readonly replicas?: number;
  /** http://host:8222, read once for the server's own word on syncing (see readDurability). */
  readonly monitorUrl?: string | undefined;
}

/**
 * Makes the streams where they do not exist, and checks the one that does: the lane count it was made with is
 * recorded in it, and every app that opens the log compares.
 *
 * @throws LogError LANES_MISMATCH | UNAVAILABLE
 */
export async function openDeltaLog(connection: NatsConnection, options: DeltaLogOptions): Promise<DeltaLog> {
  const { lanes, replicas = 1 } = options;
  try {
    const manager = await jetstreamManager(connection);
    const info = await ensureStream(manager, {
      name: DELTAS_STREAM,
      subjects: ['deltas.*'],
      description: describeLanes(lanes),
      num_replicas: replicas,
      // The log is the truth: nothing is ever deleted from it by limit, by purge or by message.
      deny_delete: true,
      deny_purge: true,
      allow_direct: true,
      duplicate_window: DUPLICATE_WINDOW_MS * NANOS_PER_MS,
    });
    checkLanes(info.config.description, lanes);
    await ensureStream(manager, {
      name: EVENTS_STREAM,
      subjects: ['events.*'],
      num_replicas: replicas,
      allow_direct: true,
      max_age: EVENTS_KEPT_MS * NANOS_PER_MS,
      duplicate_window: DUPLICATE_WINDOW_MS * NANOS_PER_MS,
    });
    await ensureStream(manager, {
      name: COMPARE_WORK_STREAM,
      subjects: [COMPARE_WORK_SUBJECT],
      num_replicas: replicas,
      retention: RetentionPolicy.Workqueue,
      duplicate_window: DUPLICATE_WINDOW_MS * NANOS_PER_MS,
    });
    await ensureStream(manager, {
      name: DEAD_LETTERS_STREAM,
      subjects: ['dead.>'],
      num_replicas: replicas,
      allow_direct: true,
    });
    const durability = await readDurability({
      serverVersion: connection.info?.version ?? '0.0.0',
      serverId: connection.info?.server_id ?? '',
      replicas: info.config.num_replicas,
      monitorUrl: options.monitorUrl,
    });
    return { connection, client: jetstream(connection), manager, lanes, durability };
  } catch (cause) {
    if (cause instanceof LogError) throw cause;
    throw new LogError('UNAVAILABLE', `the log cannot be opened: ${String(cause)}`, { cause });
  }
}

const NO_SUCH_STREAM = 10059;

async function ensureStream(
  manager: JetStreamManager,
  config: Partial<StreamConfig> & { name: string },
): Promise<StreamInfo> {
  try {
    return await manager.streams.info(config.name);
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== NO_SUCH_STREAM) throw error;
  }
  try {
    return await manager.streams.add({
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      ...config,
    });
  } catch (error) {
    if (!(error instanceof JetStreamApiError)) throw error;
    // Another app may have made it in the meantime, perhaps with other settings: look again, and let the checks speak.
    return await manager.streams.info(config.name).catch(() => {
      throw error;
    });
  }
}

function describeLanes(lanes: number): string {
  return `pacspace deltas; lanes=${lanes}`;
}

function checkLanes(description: string | undefined, lanes: number): void {
  const recorded = /lanes=(\d+)/.exec(description ?? '')?.[1];
  if (recorded === String(lanes)) return;
  throw new LogError(
    'LANES_MISMATCH',
    `LANES is ${lanes}, but the log was made with ${recorded ?? 'no record of its lanes'}: set LANES to that, ` +
      'since a lane count is fixed when a log is made',
  );
}
