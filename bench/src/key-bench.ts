import { hash } from 'node:crypto';
import { hashSecret } from '@pacspace/ledger';
import { ApiError, parsePlans } from '@pacspace/wire';
import { KeyDirectory } from '../../apps/gateway/dist/auth/key-directory.js';
import { Allowance } from '../../apps/gateway/dist/plan/allowance.js';
import { RateLimits } from '../../apps/gateway/dist/rate/rate-limits.js';
import type { Figure } from './report.js';

const KEYS = 1_000;
const CHECKS = 500_000;
const PEPPER = 'a pepper of at least thirty-two characters';

/** (k) What a request pays for its key, known already, and for that key's rate; and a delta under a limited plan. */
export async function benchKeys(): Promise<Figure[]> {
  const plans = parsePlans(undefined);
  if (typeof plans === 'string') throw new Error(plans);
  const texts = Array.from({ length: KEYS }, (_, i) => {
    const secret = `${i}`.padStart(43, 'abcdefghijklmnopqrstuvwxyz');
    return { publicId: `public${i}key`, secret, text: `pk_test_public${i}key.${secret}` };
  });
  const directory = new KeyDirectory({
    pepper: PEPPER,
    plans,
    load: (publicIds) =>
      Promise.resolve(
        texts
          .filter(({ publicId }) => publicIds.includes(publicId))
          .map(({ publicId, secret }) => ({
            ...{ keyId: publicId, publicId, secretHash: hashSecret(PEPPER, secret), scopes: ['ingest'] },
            ...{ active: true, expiresAtMs: undefined, environmentId: 'env', kind: 'test' as const },
            ...{
              environmentState: 'active' as const,
              saltKey: Buffer.alloc(32),
              tenantId: 'ten',
              plan: 'free',
            },
          })),
      ),
  });
  // Every key at once: 1,000 of them are read again each second while they are in use, as they would be.
  for (const { text } of texts) await directory.authenticate(text);
  const check = await perCall((i) => directory.authenticate(texts[i % KEYS]?.text));
  const least = await perCall((i) => hash('sha256', texts[i % KEYS]?.text ?? ''));
  const rates = new RateLimits({ share: () => Promise.resolve(0) });
  const rate = { perSecond: 1e9, burst: 1e9 };
  const charge = await perCall((i) => rates.charge({ keyId: texts[i % KEYS]?.publicId ?? '', rate }, 1));
  rates.close();
  return [
    {
      id: 'k.key',
      what: 'check of a known API key',
      value: check,
      unit: 'µs',
      ceiling: { what: 'one SHA-256 of its text', value: least },
      target: { kind: 'value', max: 5 },
    },
    { id: 'k.rate', what: 'charge of its rate', value: charge, unit: 'µs' },
    { id: 'k.plan', what: 'a delta under a limited plan', value: await spendUnits(), unit: 'µs' },
  ];
}

/** Mean of many calls, µs; in rounds, so that what is due in between comes to its turn. */
async function perCall(call: (i: number) => unknown): Promise<number> {
  let spentMs = 0;
  for (let done = 0; done < CHECKS;) {
    const startedAt = performance.now();
    for (const end = done + 10_000; done < end; done += 1) call(done);
    spentMs += performance.now() - startedAt;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return (spentMs / CHECKS) * 1_000;
}

const refuse = (): ApiError => new ApiError('INTERNAL', 'a plan of this size is not used up');

/** Blocks come from memory here: in service one comes from Postgres for some thousands of deltas. */
async function spendUnits(): Promise<number> {
  const allowance = new Allowance({
    leaseMs: 60_000,
    refusals: { usedUp: refuse, uncounted: refuse },
    store: {
      exchange: ({ keep, most }) => {
        keep(new Map(Array.from({ length: 4 }, (_, lane) => [lane, Infinity])));
        return Promise.resolve({ granted: most, used: 0, silent: [] });
      },
      reclaim: () => Promise.resolve(),
      countEnvelopes: () => Promise.resolve([1, 1, 1, 1]),
      waitUntilReached: () => Promise.resolve(),
      callUnitsIn: () => Promise.resolve(),
    },
  });
  allowance.allowed = Number.MAX_SAFE_INTEGER;
  let spentMs = 0;
  let spent = 0;
  while (spent < CHECKS) {
    await allowance.refill();
    const startedAt = performance.now();
    let units = 0;
    while (units < 5_000 && allowance.trySpend()) units += 1;
    for (let i = 0; i < units; i += 1) allowance.end(i % 4, 'stored');
    spentMs += performance.now() - startedAt;
    spent += units;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return (spentMs / spent) * 1_000;
}
