import { z } from 'zod';

/** What an environment may do under a plan. */
export interface Plan {
  /** Deltas a calendar month (UTC) in each environment; null: any number. */
  readonly deltas: { readonly test: number | null; readonly live: number | null };
  /** What one key may send, counted in deltas; null: as much as the machine takes. */
  readonly rate: { readonly perSecond: number; readonly burst: number } | null;
}

/** By the name that stands in `tenant.plan`. */
export type Plans = ReadonlyMap<string, Plan>;

/** What a tenant has whose plan nobody configured: the least there is. */
const LEAST: Plan = { deltas: { test: 100, live: 0 }, rate: { perSecond: 100, burst: 1_000 } };

const BUILT_IN: Readonly<Record<string, Plan>> = {
  free: LEAST,
  unlimited: { deltas: { test: null, live: null }, rate: null },
};

const allowance = z.int().min(0).max(1e12).nullable();
const planSchema = z.strictObject({
  deltas: z.strictObject({ test: allowance, live: allowance }),
  rate: z
    .strictObject({ perSecond: z.number().positive().max(1e9), burst: z.int().positive().max(1e9) })
    .nullable()
    .default(null),
});
const plansSchema = z.record(z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/), planSchema);

/**
 * The plans that a deployment offers: those given, and beside them the ones built in that it did not name itself.
 *
 * @param text JSON: `{"team": {"deltas": {"test": 10000, "live": 1000000}, "rate": {"perSecond": 5000, "burst": 50000}}}`
 * @returns what is wrong with the text when it cannot be used.
 */
export function parsePlans(text: string | undefined): Plans | string {
  let value: unknown;
  try {
    value = JSON.parse(text ?? '{}');
  } catch (error) {
    return `not JSON: ${(error as Error).message}`;
  }
  const parsed = plansSchema.safeParse(value);
  if (!parsed.success) {
    return parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  }
  return new Map(Object.entries({ ...BUILT_IN, ...parsed.data }));
}

/** A plan that nobody configured allows what the least one does. */
export function planOf(plans: Plans, name: string): Plan {
  return plans.get(name) ?? LEAST;
}
