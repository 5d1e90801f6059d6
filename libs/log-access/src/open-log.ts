import { connectLog, type DeltaLog, LogError, openDeltaLog } from '@pacspace/log';
import { type AppContext, retry } from '@pacspace/service';
import type { LogConfig } from './log-variables.js';
import { trackLogHealth } from './track-log-health.js';

const RETRY = { firstMs: 250, maxMs: 5_000 };

/**
 * Opens the log for the life of the app, which goes by `name` in the server's list of connections. Waits for a log that
 * is not there yet, as apps start in any order; another lane count ends the start.
 *
 * @throws LogError LANES_MISMATCH; UNAVAILABLE when the app is told to stop meanwhile
 */
export async function openLog(
  { config, logger, health, shutdown }: AppContext<LogConfig>,
  name: string,
): Promise<DeltaLog> {
  const check = health.check('log');
  const onStatus = trackLogHealth(check);
  const log = await retry(
    async () => {
      const connection = await connectLog({ url: config.NATS_URL, name, onStatus });
      try {
        return await openDeltaLog(connection, {
          lanes: config.LANES,
          replicas: config.STREAM_REPLICAS,
          monitorUrl: config.NATS_MONITOR_URL,
        });
      } catch (error) {
        await connection.close();
        throw error;
      }
    },
    {
      backoff: RETRY,
      attempts: Infinity,
      signal: shutdown.signal,
      isRetryable: (error) => error instanceof LogError && error.code === 'UNAVAILABLE',
      onRetry: (error, waitMs) => logger.warn({ err: error, waitMs }, 'the log cannot be opened yet'),
    },
  );
  shutdown.register('connections', 'log', () => log.connection.drain());
  check.ok();
  const { kind, detail } = log.durability;
  health.setFact('durability', `${kind}: ${detail}`);
  if (kind === 'buffered')
    logger.warn({ detail }, 'acknowledgements are buffered: a power cut may lose them');
  else logger.info({ durability: kind, detail }, 'the log is open');
  return log;
}
