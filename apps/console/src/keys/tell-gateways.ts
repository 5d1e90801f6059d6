import type { NatsConnection } from '@nats-io/transport-node';
import { connectLog } from '@pacspace/log';
import { type AppContext, retry } from '@pacspace/service';
import { KEYS_CHANGED, type KeysChangedMessage } from '@pacspace/wire';
import type { ConsoleConfig } from '../config.js';

/**
 * Says that keys are not what they were; without ids, that any may have changed. To be called after the commit. The
 * message may be lost: gateways read a key again when they last did so a second ago, whatever they were told.
 */
export type KeysChanged = (publicIds?: readonly string[]) => void;

const RETRY = { firstMs: 250, maxMs: 5_000 };

/** Connects in the background: the console serves without NATS, at the price of that second. */
export function connectToGateways({
  config,
  logger,
  health,
  shutdown,
}: AppContext<ConsoleConfig>): KeysChanged {
  const check = health.check('gateways', { required: false });
  check.degraded('not connected yet: gateways notice changed keys within a second');
  let connection: NatsConnection | undefined;
  const onStatus = (type: string): void => {
    if (type === 'disconnect') check.degraded('disconnected: gateways notice changed keys within a second');
    if (type === 'reconnect') check.ok();
  };
  const connecting = retry(() => connectLog({ url: config.NATS_URL, name: 'console', onStatus }), {
    backoff: RETRY,
    attempts: Infinity,
    signal: shutdown.signal,
    onRetry: (error, waitMs) => logger.warn({ err: error, waitMs }, 'NATS cannot be reached yet'),
  }).then(
    (connected) => {
      connection = connected;
      check.ok();
    },
    (error: unknown) => logger.warn({ err: error }, 'gateways are not told of changed keys'),
  );
  shutdown.register('connections', 'gateways', async () => {
    await connecting;
    await connection?.drain();
  });
  return (publicIds) => {
    const message: KeysChangedMessage = publicIds === undefined ? {} : { publicIds };
    connection?.publish(KEYS_CHANGED, JSON.stringify(message));
  };
}
