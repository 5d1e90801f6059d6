import type { EnvironmentKind } from '@pacspace/ledger';

/** Deltas that a plan allows in a period, by environment; null: any number. */
type Allowance = Readonly<Record<EnvironmentKind, number | null>>;

/** The plans, by the name that stands in `tenant.plan`. */
const PLANS: Readonly<Record<string, Allowance>> = {
  free: { test: 100, live: 0 },
  unlimited: { test: null, live: null },
};

const LEAST: Allowance = { test: 100, live: 0 };

/** Deltas a period, null for any number. A plan that nobody configured allows what the smallest one does. */
export function allowedByPlan(plan: string, kind: EnvironmentKind): number | null {
  return (Object.hasOwn(PLANS, plan) ? (PLANS[plan] ?? LEAST) : LEAST)[kind];
}
