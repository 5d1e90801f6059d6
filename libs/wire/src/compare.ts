import { amountFromCanonical, isCustomerId } from '@pacspace/domain';
import { z } from 'zod';
import type { ApiErrorCode } from './errors.js';
import { readScope } from './scope.js';

/** Request/reply patterns by which the gateway asks for a comparison: Nest's patterns and NATS's subjects. */
export const COMPARE_BALANCES = 'compare.balances';

/** Of all comparers one answers. */
export const COMPARER_QUEUE = 'comparers';

export const REPORT_ID = /^cmp_[0-9a-f]{32}$/;

/** Of one statement: what the gateway takes in, inflated (five million rows of 400 bytes), and what the comparer reads. */
export const STATEMENT_LIMITS = { bytes: 2_000_000_000, records: 5_000_000 } as const;

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

/**
 * What stands on the work stream: a statement to be read, or a report to be made of one. It only names what the data
 * base says; there it also stands how far it is, so that a message that comes twice, or was lost, does no harm.
 */
export const compareWork = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('statement'), number: z.int().min(1) }),
  z.strictObject({ kind: z.literal('report'), number: z.int().min(1) }),
]);

export type CompareWork = z.output<typeof compareWork>;

/** How records of a finding came together; stored by their place. */
export const FINDING_MEANS = ['reference', 'rule', 'none'] as const;

/** What a report of a statement is asked for with, as it is stored. */
export const statementRunRequest = z.strictObject({
  statementId: z.string(),
  /** As given; see the matcher's parseRules. */
  rules: z.record(z.string(), z.unknown()),
});

export type StatementRunRequest = z.output<typeof statementRunRequest>;
