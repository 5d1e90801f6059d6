import { expect, it } from '@jest/globals';
import { createLogger, HealthRegistry, type HealthState } from '@pacspace/service';
import { tellFacts } from './tell-facts.js';

const logger = createLogger({ app: 'test', level: 'fatal' });

it('tells until there is no more, goes on after a failure, and tells once more at the end', async () => {
  const health = new HealthRegistry({ app: 'test', version: '0' });
  const stateNow = (): HealthState => health.report().checks[0]!.state;
  // What each call finds, and what the health was when it was made.
  const found = [2, 1, new Error('the log is away'), 3, 0, 1, 0];
  const seen: HealthState[] = [];
  const almost = Promise.withResolvers<undefined>();
  const tellSome = (): Promise<number> => {
    seen.push(stateNow());
    const next = found.shift()!;
    if (found.length === 2) almost.resolve(undefined);
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  };
  const stop = tellFacts({ health, logger }, { what: 'seals', tellSome });
  await almost.promise;
  await stop();
  expect(found).toEqual([]);
  expect(seen).toEqual(['failed', 'failed', 'failed', 'degraded', 'degraded', 'ok', 'ok']);
  expect(stateNow()).toBe('ok');
});
