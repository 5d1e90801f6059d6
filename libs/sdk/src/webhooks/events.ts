/** What every event has. `id` is the same whenever it is delivered again: keep it, and do nothing twice. */
interface EventOf<Type extends string, Data> {
  readonly id: string;
  readonly type: Type;
  /** The same as `type`. */
  readonly event: Type;
  readonly tenantId: string;
  readonly environmentId: string;
  /** ISO 8601: when it became true. */
  readonly timestamp: string;
  readonly createdAt: string;
  /** Place among the customer's events, from 1; absent where it is about no customer. */
  readonly customerSequence?: number;
  readonly data: Data;
}

interface DeltaData {
  readonly recordId: string;
  readonly receiptId: string;
  readonly customerId: string;
  readonly delta: number;
  /** The same, as exact decimal text. */
  readonly deltaExact: string;
  readonly amount: string;
}

export interface DeltaVerifiedData extends DeltaData {
  readonly status: 'VERIFIED';
  readonly balanceAfter: number;
  readonly balanceAfterExact: string;
  /** The delta's place among the customer's, from 0. */
  readonly sequenceNumber: string;
  readonly reason: string;
  readonly referenceId: string | null;
  readonly metadata: Readonly<Record<string, unknown>> | null;
  readonly adjusts?: { readonly recordId: string };
  readonly occurredAt: string;
  readonly verifiedAt: string;
  readonly proof: {
    readonly fingerprint: string;
    readonly index: number;
    readonly entryHash: string;
    readonly period: string;
    readonly leaf: number;
    readonly late: boolean;
  };
}

export interface DeltaFailedData extends DeltaData {
  readonly status: 'FAILED';
  readonly error: { readonly code: string };
  readonly failedAt: string;
  readonly proof: { readonly fingerprint: string };
}

interface SealData {
  readonly checkpointId: string;
  readonly customerId: string;
  readonly proofRoot: string;
  readonly period?: string;
  readonly startDate?: string;
  readonly endDate?: string;
  readonly deltasCount: number;
  readonly fromIndex: number | null;
  readonly toIndex: number | null;
  readonly final: boolean;
}

export interface CheckpointVerifiedData extends SealData {
  readonly merkleRoot: string;
  readonly status: 'VERIFIED';
  readonly openingBalance: number;
  readonly openingBalanceExact: string;
  readonly closingBalance: number;
  readonly closingBalanceExact: string;
  readonly sealedAt: string;
  readonly verifiedAt: string;
  readonly proof: { readonly origin: string; readonly logIndex: number; readonly leafHash: string };
}

export interface ReceiptGeneratedData extends SealData {
  readonly startingBalance: number;
  readonly startingBalanceExact: string;
  readonly finalBalance: number;
  readonly finalBalanceExact: string;
  readonly generatedAt: string;
  /** Where to read it, below the service's base URL. */
  readonly receiptPath: string;
  readonly verifyPath: string;
}

export interface CustomerCreatedData {
  readonly customerId: string;
  readonly customerReference: string;
  readonly firstRecordId: string;
  readonly createdAt: string;
}

/** The report, without its lists of records: these are read at `reportPath`. */
export interface CompareRunData {
  readonly reportId: string;
  readonly kind: string;
  readonly customerId?: string | null;
  readonly comparedAt: string;
  readonly reportPath: string;
  readonly [member: string]: unknown;
}

export type WebhookEvent =
  | EventOf<'delta.verified', DeltaVerifiedData>
  | EventOf<'delta.failed', DeltaFailedData>
  | EventOf<'checkpoint.verified', CheckpointVerifiedData>
  | EventOf<'receipt.generated', ReceiptGeneratedData>
  | EventOf<'customer.created', CustomerCreatedData>
  | EventOf<'customer.compare_run', CompareRunData>
  | EventOf<'webhook.test', { readonly webhookId: string; readonly message: string }>;
