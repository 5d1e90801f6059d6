import { findApiKeys, markKeysUsed } from '@pacspace/ledger';
import type { DeltaLog } from '@pacspace/log';
import type { AppContext } from '@pacspace/service';
import { KEYS_CHANGED, type KeysChangedMessage } from '@pacspace/wire';
import type pg from 'pg';
import type { GatewayConfig } from '../config.js';
import { KeyDirectory } from './key-directory.js';

const MARK_USED_EVERY_MS = 5_000;

/**
 * The directory of keys, told of changes by whoever makes them. Such a message may be lost: what is known of a key is
 * read again every second anyway.
 */
export function openKeyDirectory(
  { config, logger, shutdown }: AppContext<GatewayConfig>,
  { pool, log }: { readonly pool: pg.Pool; readonly log: DeltaLog },
): KeyDirectory {
  const keys = new KeyDirectory({
    pepper: config.KEY_PEPPER,
    plans: config.PLANS,
    load: (publicIds) => findApiKeys(pool, publicIds),
  });
  log.connection.subscribe(KEYS_CHANGED, {
    callback: (error, message) => {
      if (error !== null) return logger.warn({ err: error }, 'not told of changed keys any more');
      keys.forget(message.json<KeysChangedMessage>().publicIds);
    },
  });
  const markUsed = async (): Promise<void> => {
    const used = keys.takeUsed();
    if (used.size === 0) return;
    try {
      await markKeysUsed(pool, used);
    } catch (error) {
      // The next use is marked; nothing but a date in a list depends on it.
      logger.debug({ err: error }, 'when keys were used last could not be marked');
    }
  };
  const timer = setInterval(() => void markUsed(), MARK_USED_EVERY_MS).unref();
  shutdown.register('inflight', 'last use of keys', async () => {
    clearInterval(timer);
    await markUsed();
  });
  return keys;
}
