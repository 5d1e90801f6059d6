import type { HealthCheck } from '@pacspace/service';

/** A log that is away for longer than this will not be back within a request's patience: no traffic here, please. */
const FAILED_AFTER_MS = 10_000;

/**
 * The log connection's state as health: degraded while it reconnects, since deltas wait for it within bounds, and
 * failed when that has lasted.
 *
 * @returns what to call with every status of the connection.
 */
export function trackLogHealth(check: HealthCheck): (status: string) => void {
  let timer: NodeJS.Timeout | undefined;
  return (status) => {
    switch (status) {
      case 'disconnect':
        check.degraded('disconnected: reconnecting');
        clearTimeout(timer);
        timer = setTimeout(
          () => check.failed('disconnected for long: reconnecting'),
          FAILED_AFTER_MS,
        ).unref();
        return;
      case 'reconnect':
        clearTimeout(timer);
        return check.ok();
      case 'ldm':
        return check.degraded('the server is about to stop');
      default:
    }
  };
}
