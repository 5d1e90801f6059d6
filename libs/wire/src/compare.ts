import { amountFromCanonical, isCustomerId } from '@pacspace/domain';
import { z } from 'zod';
import type { ApiErrorCode } from './errors.js';
import { readScope } from './scope.js';

/** Request/reply patterns by which the gateway asks for a comparison: Nest's patterns and NATS's subjects. */
export const COMPARE_BALANCES = 'compare.balances';

/** Of all comparers one answers. */
export const COMPARER_QUEUE = 'comparers';

export const REPORT_ID = /^cmp_[0-9a-f]{32}$/;

const environmentId = z.string().min(1).max(128);
const customerId = z.string().refine(isCustomerId);
/** Given by whoever asks, so that asking again is harmless. */
const reportId = z.string().regex(REPORT_ID);
/** Canonical decimal text. */
const amount = z
  .string()
  .max(128)
  .refine((text) => {
    try {
      amountFromCanonical(text);
      return true;
    } catch {
      return false;
    }
  });

/** Two totals, to be held against what is recorded. Checked once more where it arrives: the bus is not the edge. */
export const balancesRequest = z.strictObject({
  reportId,
  environmentId,
  /** Absent: the two are held against each other, and against all that the environment has recorded. */
  customerId: customerId.optional(),
  scope: readScope,
  asOfMs: z.int().optional(),
  yourBalance: amount,
  theirBalance: amount,
  startingBalance: amount,
});

export type BalancesRequest = z.output<typeof balancesRequest>;

export interface CompareRefused {
  readonly ok: false;
  readonly code: ApiErrorCode;
  readonly message: string;
  readonly retryAfterSeconds?: number;
}

/** The report as the API answers it. */
export type BalancesReply = { readonly ok: true; readonly report: object } | CompareRefused;
