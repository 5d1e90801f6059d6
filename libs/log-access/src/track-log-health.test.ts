import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { HealthRegistry } from '@pacspace/service';
import { trackLogHealth } from './track-log-health.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

it('is degraded while it reconnects, failed when that lasts, and ok when it has', () => {
  const check = new HealthRegistry({ app: 'test', version: '0' }).check('log');
  const onStatus = trackLogHealth(check);
  check.ok();
  onStatus('disconnect');
  expect(check.state).toBe('degraded');
  onStatus('reconnect');
  jest.advanceTimersByTime(60_000);
  expect(check.state).toBe('ok');
  onStatus('disconnect');
  jest.advanceTimersByTime(9_999);
  expect(check.state).toBe('degraded');
  jest.advanceTimersByTime(1);
  expect(check.state).toBe('failed');
  onStatus('reconnect');
  expect(check.state).toBe('ok');
});
