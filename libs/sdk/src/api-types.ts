/** Made of docs/openapi.json (UPDATE_OPENAPI=1 npm run jest -- tests/openapi): what the service takes and answers. */

/** A delta that is durable in the log. */
export interface AcceptedDelta {
  /** The delta’s record. */
  readonly recordId: string;
  /** The delta’s receipt. */
  readonly receiptId: string;
  /** The provider’s own id of the customer. */
  readonly customerId: string;
  /** The amount. */
  readonly delta: number;
  /** The amount. As an exact decimal. */
  readonly deltaExact: string;
  /** RFC 6962 leaf hash of its content. */
  readonly fingerprint: string;
  readonly status: 'QUEUED';
  readonly position: LogPlace;
  /** What the acknowledgement stands on. */
  readonly durability: 'fsync' | 'replicated' | 'buffered';
  readonly traceId: string;
}

/** Lets its holder see the records under a root. */
export interface AccessToken {
  /** Names the token; shows nothing. */
  readonly tokenId: string;
  readonly name?: string;
  /** The provider’s own id of the customer. */
  readonly customerId: string;
  /** It shows the records under this root. */
  readonly proofRoot?: string;
  /** It shows the records of this month under each of its seals, later ones included. */
  readonly period?: string;
  /** Neither expired nor revoked. */
  readonly active: boolean;
  /** When it was given out. */
  readonly createdAt: string;
  /** It shows nothing from then on. */
  readonly expiresAt: string;
  /** It has shown nothing since then. */
  readonly revokedAt?: string;
}

export interface AccessTokenList {
  readonly accessTokens: readonly AccessToken[];
  readonly pagination: {
    /** Tokens in all. */
    readonly total: number;
    /** On a page. */
    readonly limit: number;
    /** Before it. */
    readonly offset: number;
  };
}

/** What is to be shown: a root, or a customer’s month. */
export interface AccessTokenRequest {
  /** Of a seal of one customer; or: */
  readonly proofRoot?: string;
  /** With period. */
  readonly customerId?: string;
  /** A calendar month in UTC, YYYY-MM. */
  readonly period?: string;
  readonly name?: string;
  /** ISO 8601, at most 366 days ahead; in 30 days unless told. */
  readonly expiresAt?: string;
}

/** Two totals held against the ledger. */
export interface BalancesReport {
  /** The report, which is kept. */
  readonly reportId: string;
  readonly kind: 'balances';
  readonly reportState: 'done';
  readonly customerId: string | null;
  readonly heldAgainst: 'customer' | 'environment';
  /** With a customer: both are what is recorded. Without one: the two are the same. */
  readonly matches: boolean;
  /** yourBalance is what is recorded. */
  readonly matchesYours: boolean;
  /** theirBalance is what is recorded. */
  readonly matchesTheirs: boolean;
  /** As it was given. */
  readonly yourBalance: number;
  /** As it was given. As an exact decimal. */
  readonly yourBalanceExact: string;
  /** As it was given. */
  readonly theirBalance: number;
  /** As it was given. As an exact decimal. */
  readonly theirBalanceExact: string;
  /** As it was given. */
  readonly startingBalance: number;
  /** As it was given. As an exact decimal. */
  readonly startingBalanceExact: string;
  /** Starting balance and what is recorded in the scope. */
  readonly neutralBalance: number;
  /** Starting balance and what is recorded in the scope. As an exact decimal. */
  readonly neutralBalanceExact: string;
  /** Yours less theirs. */
  readonly discrepancy: number;
  /** Yours less theirs. As an exact decimal. */
  readonly discrepancyExact: string;
  /** Yours less what is recorded. */
  readonly yourDiscrepancy: number;
  /** Yours less what is recorded. As an exact decimal. */
  readonly yourDiscrepancyExact: string;
  /** Theirs less what is recorded. */
  readonly theirDiscrepancy: number;
  /** Theirs less what is recorded. As an exact decimal. */
  readonly theirDiscrepancyExact: string;
  /** Deltas summed. */
  readonly deltasCount: number;
  /** Customers summed. */
  readonly customersCount?: number;
  readonly scope: ReadScope;
  readonly ledger: LedgerStanding;
  readonly position: Position | Positions;
  /** When it was made. */
  readonly createdAt: string;
}

export interface BalancesToCompare {
  /** What the one side has. A number, or a decimal in a string. */
  readonly yourBalance: number | string;
  /** What the other side has. A number, or a decimal in a string. */
  readonly theirBalance: number | string;
  /** Added to what is recorded; 0 unless told. A number, or a decimal in a string. */
  readonly startingBalance?: number | string;
  /** Left out: against all that the key’s environment has recorded. */
  readonly customerId?: string;
  /** Scope, as derive takes period. */
  readonly period?: string;
  /** Scope, as derive takes timePreset. */
  readonly timePreset?: string;
  /** Scope, as derive takes startDate. */
  readonly startDate?: string;
  /** Scope, as derive takes endDate. */
  readonly endDate?: string;
  /** Scope, as derive takes startingCheckpoint. */
  readonly startingCheckpoint?: string;
  /** Scope, as derive takes startingCheckpointType. */
  readonly startingCheckpointType?: string;
  /** Scope, as derive takes at. */
  readonly at?: string;
  /** Scope, as derive takes asOf. */
  readonly asOf?: string;
}

export interface BatchAnswer {
  /** Items that are durable now. */
  readonly totalQueued: number;
  /** Items that were not taken. */
  readonly totalFailed: number;
  readonly results: readonly (QueuedItem | FailedItem)[];
}

export interface BreakdownRow {
  /** Start of the day, week or month. */
  readonly startDate?: string;
  readonly group?: string | null;
  /** Deltas in it. */
  readonly deltasCount: number;
  /** Their sum. */
  readonly netChange: number;
  /** Their sum. As an exact decimal. */
  readonly netChangeExact: string;
}

/** What explains many findings at once. */
export interface Cause {
  /** By which findings name it. */
  readonly number: number;
  readonly kind:
    | 'missingDays'
    | 'constantFactor'
    | 'flippedSign'
    | 'shiftedClock'
    | 'batchTwice'
    | 'missingReason'
    | 'missingDimension';
  /** For people. */
  readonly text: string;
  /** That it explains. */
  readonly findings: number;
  /** What they add to the discrepancy. */
  readonly contribution: number;
  /** What they add to the discrepancy. As an exact decimal. */
  readonly contributionExact: string;
  readonly yours: {
    /** Records. */
    readonly count: number;
    /** Their exact sum. */
    readonly sum: number;
    /** Their exact sum. As an exact decimal. */
    readonly sumExact: string;
  };
  readonly theirs: {
    /** Records. */
    readonly count: number;
    /** Their exact sum. */
    readonly sum: number;
    /** Their exact sum. As an exact decimal. */
    readonly sumExact: string;
  };
  /** Of the first delta that it explains. */
  readonly firstIndex?: number;
  /** Of the first record of the statement that it explains. */
  readonly firstRow?: number;
  readonly detail: {
    readonly side?: 'yours' | 'theirs';
    /** The first moment. */
    readonly from?: string;
    /** The first moment after it. */
    readonly to?: string;
    readonly numerator?: string;
    readonly denominator?: string;
    readonly shiftSeconds?: number;
    readonly fromPosition?: number;
    readonly toPosition?: number;
    readonly reason?: string;
    readonly dimension?: string;
    readonly value?: string;
  };
}

/** A sealed scope of one customer. */
export interface Checkpoint {
  /** The checkpoint. */
  readonly checkpointId: string;
  /** RFC 6962 root of what is sealed. */
  readonly proofRoot: string;
  /** The same. */
  readonly merkleRoot: string;
  readonly status: 'VERIFIED';
  readonly scope: SealedScope;
  /** A calendar month in UTC, YYYY-MM. */
  readonly period?: string;
  /** Deltas sealed. */
  readonly deltasCount: number;
  /** When it was sealed. */
  readonly sealedAt: string;
  /** The provider’s own id of the customer. */
  readonly customerId: string;
  /** Of a window. */
  readonly startDate?: string;
  /** Of a window. */
  readonly endDate?: string;
  /** Index of the first delta; null: there is none. */
  readonly fromIndex: number | null;
  /** Index of the last one. */
  readonly toIndex: number | null;
  /** Balance before the deltas sealed. */
  readonly openingBalance: number;
  /** Balance before the deltas sealed. As an exact decimal. */
  readonly openingBalanceExact: string;
  /** Balance after them. */
  readonly closingBalance: number;
  /** Balance after them. As an exact decimal. */
  readonly closingBalanceExact: string;
  /** Their sum. */
  readonly netChange: number;
  /** Their sum. As an exact decimal. */
  readonly netChangeExact: string;
  /** The period is closed: nothing is added to it any more. */
  readonly final: boolean;
  /** Place in the signed log. */
  readonly logIndex: number;
  /** The log’s name. */
  readonly origin: string;
}

export interface CheckpointList {
  readonly checkpoints: readonly ListedCheckpoint[];
  readonly pagination: {
    /** Checkpoints in all. */
    readonly total: number;
    /** On a page. */
    readonly limit: number;
    /** Before it. */
    readonly offset: number;
    /** There are more; they are not counted. */
    readonly totalIsAtLeast?: true;
  };
}

export interface CheckpointRequest {
  /** Left out: every customer active in the scope. */
  readonly customerId?: string;
  /** Scope: a month; the current one unless told. */
  readonly period?: string;
  readonly timePreset?: 'current_month' | 'custom';
  /** Scope: with endDate, a window. */
  readonly startDate?: string;
  /** The first moment after it. */
  readonly endDate?: string;
  /** A word for what the fingerprints are. */
  readonly mode?: string;
  /** Scope: these deltas of the customer. */
  readonly fingerprints?: readonly string[];
}

/** A scope of every customer active in it, under one root. */
export interface CheckpointRun {
  /** The checkpoint. */
  readonly checkpointId: string;
  /** RFC 6962 root of what is sealed. */
  readonly proofRoot: string;
  /** The same. */
  readonly merkleRoot: string;
  readonly status: 'VERIFIED';
  readonly scope: SealedScope;
  /** A calendar month in UTC, YYYY-MM. */
  readonly period?: string;
  /** Deltas sealed. */
  readonly deltasCount: number;
  /** When it was sealed. */
  readonly sealedAt: string;
  /** Customers sealed. */
  readonly customersCount: number;
  readonly checkpoints: readonly Checkpoint[];
  readonly pagination: {
    /** Seals. */
    readonly total: number;
    /** Listed here at most. */
    readonly limit: number;
    /** Before. */
    readonly offset: number;
  };
}

export interface ClassTotal {
  /** How many. */
  readonly findings: number;
  readonly yours: {
    /** Records. */
    readonly count: number;
    /** Their exact sum. */
    readonly sum: number;
    /** Their exact sum. As an exact decimal. */
    readonly sumExact: string;
  };
  readonly theirs: {
    /** Records. */
    readonly count: number;
    /** Their exact sum. */
    readonly sum: number;
    /** Their exact sum. As an exact decimal. */
    readonly sumExact: string;
  };
  /** What they add to the discrepancy. */
  readonly contribution: number;
  /** What they add to the discrepancy. As an exact decimal. */
  readonly contributionExact: string;
}

/** What a delta says; its leaf hash is the fingerprint. */
export interface Content {
  readonly v: 1;
  /** The delta’s record. */
  readonly recordId: string;
  /** The provider’s own id of the customer. */
  readonly customerId: string;
  /** Exact decimal. */
  readonly amount: string;
  readonly reason: string;
  readonly referenceId?: string;
  /** Salted hash of the metadata. */
  readonly metadataHash?: string;
  /** The delta’s record. */
  readonly adjusts?: string;
  /** When it happened. */
  readonly occurredAt?: string;
}

export interface Customer {
  /** The provider’s own id of the customer. */
  readonly customerId: string;
  /** The provider’s own id of the customer. */
  readonly customerReference: string;
  /** Deltas recorded. */
  readonly totalDeltas: number;
  /** Their sum. */
  readonly computedBalance: number;
  /** Their sum. As an exact decimal. */
  readonly computedBalanceExact: string;
  /** When the first one was recorded. */
  readonly firstRecordedAt: string;
  /** When the last one was recorded. */
  readonly lastRecordedAt: string;
  /** The delta’s receipt. */
  readonly latestReceiptId: string;
  readonly latestCheckpoint: LatestCheckpoint | null;
  readonly periods: readonly PeriodTotals[];
  readonly recentActivity: {
    /** From the newest back. */
    readonly items: readonly RecordedDelta[];
    readonly pagination: {
      /** Items in all. */
      readonly total: number;
      /** This page, from 1. */
      readonly page: number;
      /** Items on a page. */
      readonly limit: number;
      /** Pages in all. */
      readonly pages: number;
    };
  };
  readonly position: Position;
}

export interface CustomerList {
  readonly items: readonly ListedCustomer[];
  /** Items in all. */
  readonly total: number;
  /** This page, from 1. */
  readonly page: number;
  /** Items on a page. */
  readonly limit: number;
  /** Pages in all. */
  readonly pages: number;
  readonly position: Positions;
}

export interface CustomersSummary {
  /** Customers of whom something is recorded. */
  readonly totalCustomers: number;
  /** Those with a delta in the active period. */
  readonly activeCustomers: number;
  /** A calendar month in UTC, YYYY-MM. */
  readonly activePeriod: string;
  /** Deltas recorded. */
  readonly totalDeltas: number;
  /** The sum of all balances. */
  readonly totalBalance: number;
  /** The sum of all balances. As an exact decimal. */
  readonly totalBalanceExact: string;
  readonly firstRecordedAt: string | null;
  readonly lastRecordedAt: string | null;
  readonly position: Positions;
}

/** One event on its way to one webhook. */
export interface Delivery {
  /** The event; the same however often it is delivered. */
  readonly eventId: string;
  readonly event:
    | 'delta.verified'
    | 'delta.failed'
    | 'checkpoint.verified'
    | 'receipt.generated'
    | 'customer.created'
    | 'customer.compare_run'
    | 'webhook.test';
  /** The webhook that it went to. */
  readonly endpointId: string;
  /** The provider’s own id of the customer. */
  readonly customerId?: string;
  /** Place among the customer’s events, from 1. */
  readonly customerSequence?: number;
  /** failed: given up; it can be sent again. */
  readonly deliveryState: 'pending' | 'delivered' | 'failed';
  /** When what it tells of became true. */
  readonly createdAt: string;
  /** When it was delivered or given up. */
  readonly finishedAt?: string;
  /** When it is tried next. */
  readonly nextAttemptAt?: string;
  /** Tries that the log has. */
  readonly attempts: number;
  /** The latest last. */
  readonly tries: readonly {
    /** When it began. */
    readonly at: string;
    /** How long it took. */
    readonly durationMs: number;
    readonly responseCode?: number;
    readonly error?: string;
    /** The beginning of the answer’s body. */
    readonly response?: string;
  }[];
  readonly request: {
    readonly method: 'POST';
    readonly url: string;
    /** The very text that is sent. */
    readonly body: string;
  };
}

export interface DeliveryLog {
  readonly deliveries: readonly Delivery[];
  readonly pagination: {
    /** On a page. */
    readonly limit: number;
    /** Before it. */
    readonly offset: number;
    readonly hasMore: boolean;
  };
}

/** One fact of usage. */
export interface Delta {
  /** The provider’s own id of the customer. */
  readonly customerId: string;
  /** The amount: a number, or a decimal as text. Not zero, at most 12 decimals. */
  readonly delta: number | string;
  readonly reason: string;
  readonly referenceId?: string | null;
  readonly metadata?: Readonly<Record<string, unknown>> | null;
  readonly adjusts?:
    | {
        /** The delta’s record. */
        readonly recordId: string;
      }
    | { readonly referenceId: string }
    | null;
  readonly occurredAt?: string | null;
  readonly idempotencyKey?: string | null;
}

export interface DeltaBatch {
  readonly deltas: readonly Delta[];
}

export interface DeltaReceipt {
  /** The delta’s receipt. */
  readonly receiptId: string;
  /** The delta’s record. */
  readonly recordId: string;
  /** The provider’s own id of the customer. */
  readonly customerId: string;
  readonly receiptState: 'accepted' | 'recorded' | 'sealed' | 'published';
  /** The checkpoint. */
  readonly checkpointId?: string;
  /** Place of the seal in the log. */
  readonly logIndex?: number;
  /** Root of the seal. */
  readonly proofRoot?: string;
  readonly origin?: string;
  /** The trace of the request that brought it. */
  readonly traceId: string;
  readonly receipt: ReceiptFile;
}

/** A balance, computed from the recorded deltas. */
export interface DerivedBalance {
  /** The provider’s own id of the customer. */
  readonly customerId: string;
  /** Starting balance and net change. */
  readonly computedBalance: number;
  /** Starting balance and net change. As an exact decimal. */
  readonly computedBalanceExact: string;
  /** As it was given; 0 otherwise. */
  readonly startingBalance: number;
  /** As it was given; 0 otherwise. As an exact decimal. */
  readonly startingBalanceExact: string;
  /** The sum of the deltas in the scope. */
  readonly netChange: number;
  /** The sum of the deltas in the scope. As an exact decimal. */
  readonly netChangeExact: string;
  /** Deltas summed. */
  readonly deltasCount: number;
  /** The same. */
  readonly deltaCount: number;
  /** One page of them. */
  readonly deltas: readonly RecordedDelta[];
  readonly latestReceiptId: string | null;
  readonly scope: ReadScope;
  readonly position: Position;
  readonly view: 'full' | 'totals';
  readonly pagination?: RowPagination;
  readonly proofRoot?: string | null;
  readonly proofRootOf?: 'periods' | 'entries';
  /** Why there is no root. */
  readonly proofRootNote?: string;
  readonly breakdown?: readonly BreakdownRow[];
}

/** A delta’s place and the balance after it. */
export interface Entry {
  readonly v: 1;
  /** Position among the customer’s deltas. */
  readonly index: number;
  /** Of the content. */
  readonly fingerprint: string;
  /** Exact decimal. */
  readonly balance: string;
  /** A calendar month in UTC, YYYY-MM. */
  readonly period: string;
  /** When it was recorded. */
  readonly recordedAt: string;
  readonly late?: true;
}

export interface ErrorDetail {
  /** Absent when the request as such is not valid. */
  readonly code?:
    | 'INVALID_SCOPE_COMBINATION'
    | 'TOKEN_INVALID'
    | 'SCOPE_TOO_WIDE'
    | 'INVALID_API_KEY'
    | 'INVALID_CREDENTIALS'
    | 'PLAN_LIMIT_EXCEEDED'
    | 'FORBIDDEN'
    | 'CSRF_REQUIRED'
    | 'EMAIL_NOT_VERIFIED'
    | 'REGISTRATION_REQUIRES_APPROVAL'
    | 'API_KEY_ENVIRONMENT_HOST_MISMATCH'
    | 'NOT_FOUND'
    | 'CUSTOMER_NOT_FOUND'
    | 'IDEMPOTENCY_CONFLICT'
    | 'STATE_CONFLICT'
    | 'ENVIRONMENT_NOT_READY'
    | 'PAYLOAD_TOO_LARGE'
    | 'UNSUPPORTED_MEDIA_TYPE'
    | 'ADJUSTS_UNKNOWN'
    | 'ADJUSTS_AMBIGUOUS'
    | 'LIMIT_REACHED'
    | 'STATEMENT_REFUSED'
    | 'RATE_LIMITED'
    | 'INTERNAL'
    | 'UNAVAILABLE';
  readonly message: string;
  readonly retryAfterSeconds?: number;
  readonly fields?: readonly FieldError[];
}

/** A delta that the ledger refused; final. */
export interface FailedDelta {
  /** The delta’s record. */
  readonly recordId: string;
  /** The delta’s receipt. */
  readonly receiptId: string;
  readonly status: 'FAILED';
  /** The provider’s own id of the customer. */
  readonly customerId: string;
  /** The amount. */
  readonly delta: number;
  /** The amount. As an exact decimal. */
  readonly deltaExact: string;
  readonly error: { readonly code: string; readonly message: string };
  /** RFC 6962 leaf hash of its content. */
  readonly fingerprint: string;
  /** When it was refused. */
  readonly recordedAt: string;
  readonly position: LogPlace;
  /** The trace of the request that brought it. */
  readonly traceId: string;
}

export interface FailedItem {
  /** Place in the batch. */
  readonly index: number;
  readonly status: 'FAILED';
  /** The provider’s own id of the customer. */
  readonly customerId?: string;
  readonly error: ErrorDetail;
}

/** What of a request is not valid, and where. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** Records of both sides that belong together, or one alone. */
export interface Finding {
  /** Place in the report. */
  readonly number: number;
  readonly class:
    'matched' | 'amountDiffers' | 'onlyHere' | 'onlyThere' | 'duplicateHere' | 'duplicateThere' | 'timing';
  /** How its records came together. */
  readonly by: 'reference' | 'rule' | 'none';
  /** Of the report’s causes, the one that explains it. */
  readonly cause?: number;
  /** What it adds to the discrepancy. */
  readonly contribution: number;
  /** What it adds to the discrepancy. As an exact decimal. */
  readonly contributionExact: string;
  /** Where it stands in the drill-down. */
  readonly time?: string;
  readonly reason?: string;
  readonly yours: readonly FoundEntry[];
  readonly theirs: readonly FoundRow[];
}

export interface FindingPage {
  /** The report, which is kept. */
  readonly reportId: string;
  readonly findings: readonly Finding[];
  readonly pagination: {
    /** On a page. */
    readonly limit: number;
    readonly nextCursor?: string;
  };
}

export interface FindingSummary {
  /** The report, which is kept. */
  readonly reportId: string;
  readonly level: 'total' | 'month' | 'day' | 'hour';
  readonly by?: string;
  readonly cells: readonly {
    /** Of the month, day or hour. Left out: records that name no time. */
    readonly start?: string;
    /** Of what is asked for apart. */
    readonly value?: string;
    /** All values that had no room. */
    readonly isOther?: true;
    /** What is in it adds to the discrepancy. */
    readonly contribution: number;
    /** What is in it adds to the discrepancy. As an exact decimal. */
    readonly contributionExact: string;
    readonly classes: Readonly<Record<string, unknown>>;
  }[];
  readonly pagination: {
    /** On a page. */
    readonly limit: number;
    /** Before it. */
    readonly offset: number;
    readonly hasMore: boolean;
  };
}

/** A delta in the ledger. */
export interface FoundEntry {
  /** Position among the customer’s deltas. */
  readonly index: number;
  /** The delta’s record. */
  readonly recordId: string;
  /** The delta’s receipt. */
  readonly receiptId: string;
  /** The log’s sequence of its envelope. */
  readonly logSequence: number;
  readonly referenceId?: string;
  /** Its amount. */
  readonly amount: number;
  /** Its amount. As an exact decimal. */
  readonly amountExact: string;
  /** When it happened, or was recorded. */
  readonly time: string;
  readonly reason: string;
}

/** A record of the statement. */
export interface FoundRow {
  /** Number of the record in the statement, from 0. */
  readonly row: number;
  /** Line of the file that it begins on, from 1. */
  readonly line: number;
  readonly referenceId?: string;
  /** As it stands there. */
  readonly amount: number;
  /** As it stands there. As an exact decimal. */
  readonly amountExact: string;
  /** When it happened, as it stands there. */
  readonly time?: string;
  readonly reason?: string;
}

export interface Gap {
  /** First index that is missing. */
  readonly fromSequence: number;
  /** Last one. */
  readonly toSequence: number;
  /** How many. */
  readonly missing: number;
}

export interface GapReport {
  /** The provider’s own id of the customer. */
  readonly customerId: string;
  /** Deltas recorded. */
  readonly totalDeltas: number;
  /** First index looked at. */
  readonly fromSequence: number;
  /** Last one; null: there was none. */
  readonly toSequence: number | null;
  /** Deltas that should be there. */
  readonly expected: number;
  /** Deltas that are there. */
  readonly checked: number;
  readonly contiguous: boolean;
  /** Holes. */
  readonly gapsCount: number;
  readonly gaps: readonly Gap[];
  readonly duplicates: readonly number[];
  /** Where to go on; null: that was all. */
  readonly nextSequence: number | null;
  readonly position: Position;
}

/** RFC 6962 inclusion proof. */
export interface InclusionProof {
  /** Place in the tree. */
  readonly leafIndex: number;
  /** Leaves in it. */
  readonly treeSize: number;
  /** From the leaf’s sibling up. */
  readonly hashes: readonly string[];
}

export interface InvoiceProof {
  /** The provider’s own id of the customer. */
  readonly customerId: string;
  /** A calendar month in UTC, YYYY-MM. */
  readonly period?: string;
  /** First moment of the window. */
  readonly startDate?: string;
  /** The first moment after it. */
  readonly endDate?: string;
  /** Now. */
  readonly generatedAt: string;
  /** The checkpoint. */
  readonly checkpointId: string;
  readonly receiptState: 'sealed' | 'published';
  /** The period is closed: nothing is added to it any more. */
  readonly final: boolean;
  /** When it was sealed. */
  readonly sealedAt: string;
  /** Place of the seal in the log. */
  readonly logIndex: number;
  readonly origin: string;
  /** Deltas sealed. */
  readonly deltasCount: number;
  /** Balance before them. */
  readonly startingBalance: number;
  /** Balance before them. As an exact decimal. */
  readonly startingBalanceExact: string;
  /** Balance after them. */
  readonly finalBalance: number;
  /** Balance after them. As an exact decimal. */
  readonly finalBalanceExact: string;
  /** Root of the seal. */
  readonly proofRoot: string;
  readonly verifyUrl: string;
  readonly verificationApiUrl: string;
  readonly deltas: readonly RecordedDelta[];
  readonly statement: StatementFile;
}

export interface IssuedAccessToken {
  /** Names the token; shows nothing. */
  readonly tokenId: string;
  readonly name?: string;
  /** The provider’s own id of the customer. */
  readonly customerId: string;
  /** It shows the records under this root. */
  readonly proofRoot?: string;
  /** It shows the records of this month under each of its seals, later ones included. */
  readonly period?: string;
  /** Neither expired nor revoked. */
  readonly active: boolean;
  /** When it was given out. */
  readonly createdAt: string;
  /** It shows nothing from then on. */
  readonly expiresAt: string;
  /** It has shown nothing since then. */
  readonly revokedAt?: string;
  /** What its holder sends as `Authorization: Bearer`. Shown only here. */
  readonly accessToken: string;
}

export interface LatestCheckpoint {
  /** The checkpoint. */
  readonly checkpointId: string;
  /** Root of what it seals. */
  readonly proofRoot: string;
}

/** Whether what was compared with can still grow. */
export interface LedgerStanding {
  /** sealed: nothing is added to it any more. */
  readonly state: 'sealed' | 'open';
  readonly checkpointId?: string;
  /** Root of the seal that covers all of it. */
  readonly proofRoot?: string;
}

/** Every bound that a request can meet. */
export interface Limits {
  readonly maxScopeMonths: number;
  readonly maxLastNDays: number;
  /** null: nothing is ever deleted. */
  readonly maxRetentionDays: number | null;
  readonly maxRowsPerPage: number;
  readonly maxOffset: number;
  readonly maxBreakdownDeltas: number;
  readonly maxBreakdownRows: number;
  readonly maxGapRange: number;
  readonly maxCustomersPerPage: number;
  readonly maxDelta: number;
  readonly maxDecimals: number;
  readonly maxCustomerIdLength: number;
  readonly maxReasonLength: number;
  readonly maxReferenceIdLength: number;
  readonly maxIdempotencyKeyLength: number;
  readonly maxMetadataBytes: number;
  readonly maxMetadataDepth: number;
  readonly maxBodyBytes: number;
  readonly maxBatchBytes: number;
  readonly maxBatchItems: number;
  readonly maxLineBytes: number;
  readonly maxStatementBytes: number;
  readonly maxStatementRecords: number;
}

export interface ListedCheckpoint {
  /** The checkpoint. */
  readonly checkpointId: string;
  /** RFC 6962 root of what is sealed. */
  readonly proofRoot: string;
  /** The same. */
  readonly merkleRoot: string;
  readonly status: 'VERIFIED';
  readonly scope: SealedScope;
  /** A calendar month in UTC, YYYY-MM. */
  readonly period?: string;
  /** Deltas sealed. */
  readonly deltasCount: number;
  /** When it was sealed. */
  readonly sealedAt: string;
  /** The provider’s own id of the customer. */
  readonly customerId: string;
  /** Of a window. */
  readonly startDate?: string;
  /** Of a window. */
  readonly endDate?: string;
  /** Index of the first delta; null: there is none. */
  readonly fromIndex: number | null;
  /** Index of the last one. */
  readonly toIndex: number | null;
  /** Balance before the deltas sealed. */
  readonly openingBalance: number;
  /** Balance before the deltas sealed. As an exact decimal. */
  readonly openingBalanceExact: string;
  /** Balance after them. */
  readonly closingBalance: number;
  /** Balance after them. As an exact decimal. */
  readonly closingBalanceExact: string;
  /** Their sum. */
  readonly netChange: number;
  /** Their sum. As an exact decimal. */
  readonly netChangeExact: string;
  /** The period is closed: nothing is added to it any more. */
  readonly final: boolean;
  /** Place in the signed log. */
  readonly logIndex: number;
  /** The log’s name. */
  readonly origin: string;
  /** The signed head covers it. */
  readonly published: boolean;
}

export interface ListedCustomer {
  /** The provider’s own id of the customer. */
  readonly customerId: string;
  /** The provider’s own id of the customer. */
  readonly customerReference: string;
  /** Deltas recorded. */
  readonly totalDeltas: number;
  /** Their sum. */
  readonly computedBalance: number;
  /** Their sum. As an exact decimal. */
  readonly computedBalanceExact: string;
  /** When the first one was recorded. */
  readonly firstRecordedAt: string;
  /** When the last one was recorded. */
  readonly lastRecordedAt: string;
  /** The delta’s receipt. */
  readonly latestReceiptId: string;
}

export interface ListedReceipt {
  /** The delta’s receipt. */
  readonly receiptId: string;
  /** The delta’s record. */
  readonly recordId: string;
  /** Position among the customer’s deltas. */
  readonly index: number;
  /** The amount. */
  readonly delta: number;
  /** The amount. As an exact decimal. */
  readonly deltaExact: string;
  /** The balance after it. */
  readonly balanceAfter: number;
  /** The balance after it. As an exact decimal. */
  readonly balanceAfterExact: string;
  readonly reason: string;
  /** A calendar month in UTC, YYYY-MM. */
  readonly period: string;
  /** When it was recorded. */
  readonly recordedAt: string;
  readonly receiptState: 'accepted' | 'recorded' | 'sealed' | 'published';
}

export interface LogKey {
  /** The log’s name. */
  readonly origin: string;
  /** After C2SP signed-note. */
  readonly verifierKey: string;
  /** First head signed with it. */
  readonly validFrom: string;
  /** When the next key took over. */
  readonly validUntil?: string;
  readonly current: boolean;
}

export interface LogKeys {
  readonly keys: readonly LogKey[];
}

/** The envelope that the delta is in. */
export interface LogPlace {
  /** The lane of the log. */
  readonly lane: number;
  /** The log’s sequence. */
  readonly sequence: number;
}

/** A report that is being made, or cannot be. */
export interface OpenReport {
  /** The report, which is kept. */
  readonly reportId: string;
  readonly kind: 'statement';
  readonly reportState: 'queued' | 'running' | 'failed';
  readonly customerId: string | null;
  /** The statement, which is kept. */
  readonly statementId: string;
  /** As they were asked for. */
  readonly rules: Readonly<Record<string, unknown>>;
  readonly progress?: {
    readonly stage: 'waiting' | 'matching' | 'keeping';
    /** Deltas read so far. */
    readonly yours: number;
    /** Records of the statement read so far. */
    readonly theirs: number;
    /** Found so far. */
    readonly findings: number;
  };
  /** Why there is no report. */
  readonly failure?: { readonly reason: string };
  /** When it was asked for. */
  readonly createdAt: string;
  /** When it failed. */
  readonly finishedAt?: string;
}

export interface PeriodTotals {
  /** A calendar month in UTC, YYYY-MM. */
  readonly period: string;
  /** Deltas in it. */
  readonly deltasCount: number;
  /** Their sum. */
  readonly netChange: number;
  /** Their sum. As an exact decimal. */
  readonly netChangeExact: string;
}

/** As of which point of its lane’s log the answer is true. */
export interface Position {
  /** The lane of the log. */
  readonly lane: number;
  /** The log’s sequence of the last envelope that is in. */
  readonly sequence: number;
  /** How many of the lane’s envelopes are in. */
  readonly envelopes: number;
  /** True: the answer has all that was acknowledged before it was asked for. */
  readonly consistent: boolean;
  /** Envelopes of the log that it does not have; null: not known. */
  readonly behindEnvelopes: number | null;
}

/** As of which point of the whole log the answer is true, at least. */
export interface Positions {
  /** How many envelopes of the log are in. */
  readonly envelopes: number;
  /** True: the answer has all that was acknowledged before it was asked for. */
  readonly consistent: boolean;
  /** Envelopes of the log that it does not have; null: not known. */
  readonly behindEnvelopes: number | null;
}

export interface QueuedItem {
  /** Place in the batch. */
  readonly index: number;
  readonly status: 'QUEUED';
  /** The delta’s record. */
  readonly recordId: string;
  /** The delta’s receipt. */
  readonly receiptId: string;
  /** The provider’s own id of the customer. */
  readonly customerId: string;
  /** The amount. */
  readonly delta: number;
  /** The amount. As an exact decimal. */
  readonly deltaExact: string;
  /** It was recorded before, under the same key. */
  readonly idempotent?: true;
}

/** What was summed. */
export type ReadScope =
  | {
      readonly kind: 'all';
      /** Only what was recorded by then. */
      readonly asOf?: string;
    }
  | {
      readonly kind: 'period';
      /** A calendar month in UTC, YYYY-MM. */
      readonly period: string;
      readonly timePreset?: 'current_month';
      /** Only what was recorded by then. */
      readonly asOf?: string;
    }
  | {
      readonly kind: 'window';
      /** The first moment. */
      readonly startDate: string;
      /** The first moment after it. */
      readonly endDate: string;
      /** Only what was recorded by then. */
      readonly asOf?: string;
    }
  | {
      readonly kind: 'checkpoint';
      readonly startingCheckpoint: string;
      readonly startingCheckpointType: 'recordId' | 'proofRoot';
      /** Only what was recorded by then. */
      readonly asOf?: string;
    }
  | {
      readonly kind: 'at';
      /** What happened up to then. */
      readonly at: string;
      /** Only what was recorded by then. */
      readonly asOf?: string;
    };

/** All that is needed to check one delta offline. */
export interface ReceiptFile {
  readonly version: 1;
  readonly content: Content;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** 16 bytes in hex. */
  readonly salt?: string;
  readonly entry?: Entry;
  readonly entryProof?: InclusionProof;
  readonly seal?: Seal;
  readonly sealProof?: InclusionProof;
  /** Signed head of the log (C2SP tlog-checkpoint). */
  readonly checkpoint?: string;
}

export interface ReceiptList {
  /** The provider’s own id of the customer. */
  readonly customerId: string;
  readonly receipts: readonly ListedReceipt[];
}

/** A delta in the ledger. */
export interface RecordedDelta {
  /** The delta’s record. */
  readonly recordId: string;
  /** The delta’s receipt. */
  readonly receiptId: string;
  /** The provider’s own id of the customer. */
  readonly customerId: string;
  /** The amount. */
  readonly delta: number;
  /** The amount. As an exact decimal. */
  readonly deltaExact: string;
  readonly reason: string;
  readonly referenceId?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly adjusts?: {
    /** The delta’s record. */
    readonly recordId: string;
  };
  /** When it happened, if the producer said so. */
  readonly occurredAt?: string;
  /** RFC 6962 leaf hash of its content. */
  readonly fingerprint: string;
  readonly status: 'VERIFIED';
  /** Position among the customer’s deltas, from 0, without gaps. */
  readonly index: number;
  /** The customer’s balance after it. */
  readonly balanceAfter: number;
  /** The customer’s balance after it. As an exact decimal. */
  readonly balanceAfterExact: string;
  /** When it was recorded. */
  readonly recordedAt: string;
  /** A calendar month in UTC, YYYY-MM. */
  readonly period: string;
  /** It happened in an earlier period that was closed by then. */
  readonly late: boolean;
}

export interface ReportList {
  readonly comparisons: readonly (BalancesReport | StatementReport | OpenReport)[];
  readonly pagination: {
    /** Reports in all. */
    readonly total: number;
    /** On a page. */
    readonly limit: number;
    /** Before it. */
    readonly offset: number;
    /** There are more; they are not counted. */
    readonly totalIsAtLeast?: true;
  };
}

export interface RetriedEvent {
  /** The event; the same however often it is delivered. */
  readonly eventId: string;
  /** Deliveries that begin anew. */
  readonly queued: number;
  readonly deliveries: readonly Delivery[];
}

/** What the claim rests on, to be checked by whoever doubts it. */
export interface RootEvidence {
  /** The checkpoint. */
  readonly checkpointId: string;
  readonly state?: 'sealed' | 'published';
  /** Place of the seal in the log. */
  readonly logIndex?: number;
  /** Where several customers’ seals are: one page. */
  readonly logIndexes?: readonly number[];
  /** There are more, after this one. */
  readonly nextCursor?: number;
  readonly note?: string;
  readonly seal?: Seal;
  readonly sealProof?: InclusionProof;
  /** Signed head of the log (C2SP tlog-checkpoint). */
  readonly checkpoint?: string;
}

export interface RootSummary {
  /** Records under the root. */
  readonly recordCount: number;
  /** Customers, where the root is of several. */
  readonly customersCount?: number;
  readonly firstRecordAt?: string | null;
  readonly lastRecordAt?: string | null;
  /** Sum of the records. */
  readonly netChange?: number;
  /** Sum of the records. As an exact decimal. */
  readonly netChangeExact?: string;
  /** Balance before them. */
  readonly startingBalance?: number;
  /** Balance before them. As an exact decimal. */
  readonly startingBalanceExact?: string;
  /** Balance after them. */
  readonly endingBalance?: number;
  /** Balance after them. As an exact decimal. */
  readonly endingBalanceExact?: string;
}

export interface RootVerification {
  /** It was computed again and stands in the signed log. */
  readonly verified: boolean;
  /** The root. */
  readonly proofRoot: string;
  /** When it was sealed. */
  readonly recordedAt?: string;
  readonly summary: RootSummary;
  readonly verification: RootEvidence;
  readonly records?: ShownRecords;
}

export interface RowPagination {
  /** Rows on a page. */
  readonly limit: number;
  /** Rows before it. */
  readonly offset?: number;
  /** Rows in the scope. */
  readonly total: number;
  /** Of the next page; null: this is the last one. */
  readonly nextCursor: string | null;
}

/** States that a customer’s entries of a scope are those under one root. */
export interface Seal {
  readonly v: 1;
  /** The log that it is in. */
  readonly origin: string;
  /** The provider’s own id of the customer. */
  readonly customerId: string;
  /** A calendar month in UTC, YYYY-MM. */
  readonly period?: string;
  readonly window?: {
    /** Deltas known then. */
    readonly asOf: number;
    /** First moment. */
    readonly from: string;
    /** End. */
    readonly to: string;
  };
  readonly subset?: {
    /** Deltas known then. */
    readonly asOf: number;
    /** Root of those chosen. */
    readonly fingerprintsRoot: string;
  };
  /** Entries covered. */
  readonly count: number;
  /** Index of the first. */
  readonly firstIndex?: number;
  /** Index of the last. */
  readonly lastIndex?: number;
  /** Exact decimal. */
  readonly openingBalance: string;
  /** Exact decimal. */
  readonly closingBalance: string;
  /** RFC 6962 root of the entries. */
  readonly root: string;
  readonly final: boolean;
  /** When it was made. */
  readonly sealedAt: string;
}

export type SealedScope =
  | {
      readonly kind: 'period';
      /** A calendar month in UTC, YYYY-MM. */
      readonly period: string;
    }
  | {
      readonly kind: 'window';
      /** The first moment. */
      readonly startDate: string;
      /** The first moment after it. */
      readonly endDate: string;
      /** Deltas of the customer known then. */
      readonly asOf?: number;
    }
  | {
      readonly kind: 'subset';
      /** Deltas of the customer known then. */
      readonly asOf: number;
      /** Root of those chosen. */
      readonly fingerprintsRoot: string;
    };

/** A page of what is under the root, by index. */
export interface ShownRecords {
  /** All records together have this root; null: too many to be hashed for a page. */
  readonly proven: boolean | null;
  readonly items: readonly RecordedDelta[];
  /** There are more, after this index. */
  readonly nextCursor?: number;
}

/** A party’s own records of a customer. */
export interface Statement {
  /** The statement, which is kept. */
  readonly statementId: string;
  /** The provider’s own id of the customer. */
  readonly customerId: string;
  readonly statementState: 'arriving' | 'received' | 'reading' | 'ready' | 'refused';
  /** What the file is called. */
  readonly name?: string;
  readonly scope: ReadScope;
  readonly reading: StatementReading;
  /** As it was handed in. */
  readonly bytes: number;
  /** Read into records so far. */
  readonly bytesRead: number;
  /** Records, so far. */
  readonly records: number;
  /** Amounts of zero or empty, which are no records. */
  readonly zeros: number;
  /** SHA-256 of its bytes as they were handed in. */
  readonly sha256?: string;
  /** Sum of its records. */
  readonly total?: number;
  /** Sum of its records. As an exact decimal. */
  readonly totalExact?: string;
  readonly problems?: StatementProblems;
  /** When its first bytes came. */
  readonly receivedAt: string;
  /** When it was read to its end. */
  readonly readAt?: string;
}

/** All records of a sealed scope, to be checked offline. */
export interface StatementFile {
  readonly version: 1;
  readonly records: readonly StatementRecord[];
  readonly seal: Seal;
  readonly sealProof?: InclusionProof;
  /** Signed head of the log (C2SP tlog-checkpoint). */
  readonly checkpoint?: string;
}

export interface StatementList {
  readonly statements: readonly Statement[];
  readonly pagination: {
    /** On a page. */
    readonly limit: number;
    /** Before it. */
    readonly offset: number;
    readonly hasMore: boolean;
  };
}

/** Why it is refused: the first of its problems. */
export interface StatementProblems {
  readonly message: string;
  /** Problems in all. */
  readonly count: number;
  readonly problems: readonly {
    /** From 0. */
    readonly row: number;
    /** Of the file, from 1. */
    readonly line: number;
    readonly column: string;
    readonly value: string;
    readonly problem: string;
  }[];
}

/** How it is read; once it is, with what was found out. */
export interface StatementReading {
  readonly format: 'csv' | 'ndjson' | 'json';
}

export interface StatementRecord {
  readonly content: Content;
  readonly entry: Entry;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** 16 bytes in hex. */
  readonly salt?: string;
}

/** A statement held against the ledger, record by record. */
export interface StatementReport {
  /** The report, which is kept. */
  readonly reportId: string;
  readonly kind: 'statement';
  readonly reportState: 'done';
  /** The provider’s own id of the customer. */
  readonly customerId: string;
  /** The statement, which is kept. */
  readonly statementId: string;
  /** Nothing differs, in sum and record by record. */
  readonly matches: boolean;
  readonly yours: {
    /** Records. */
    readonly count: number;
    /** Their exact sum. */
    readonly sum: number;
    /** Their exact sum. As an exact decimal. */
    readonly sumExact: string;
  };
  readonly theirs: {
    /** Records. */
    readonly count: number;
    /** Their exact sum. */
    readonly sum: number;
    /** Their exact sum. As an exact decimal. */
    readonly sumExact: string;
  };
  /** Yours less theirs. */
  readonly discrepancy: number;
  /** Yours less theirs. As an exact decimal. */
  readonly discrepancyExact: string;
  /** Every record of both sides is in exactly one. */
  readonly classes: {
    readonly matched: ClassTotal;
    readonly amountDiffers: ClassTotal;
    readonly onlyHere: ClassTotal;
    readonly onlyThere: ClassTotal;
    readonly duplicateHere: ClassTotal;
    readonly duplicateThere: ClassTotal;
    readonly timing: ClassTotal;
  };
  /** The classes add up to the discrepancy, to the last digit: checked before it was kept. */
  readonly identity: {
    /** Of all classes. */
    readonly contributions: number;
    /** Of all classes. As an exact decimal. */
    readonly contributionsExact: string;
    /** Yours less theirs. */
    readonly discrepancy: number;
    /** Yours less theirs. As an exact decimal. */
    readonly discrepancyExact: string;
    readonly holds: true;
  };
  /** Records of other periods that were looked through: they are in no sum. */
  readonly outside: {
    readonly yours: {
      /** Records. */
      readonly count: number;
      /** Their exact sum. */
      readonly sum: number;
      /** Their exact sum. As an exact decimal. */
      readonly sumExact: string;
    };
    readonly theirs: {
      /** Records. */
      readonly count: number;
      /** Their exact sum. */
      readonly sum: number;
      /** Their exact sum. As an exact decimal. */
      readonly sumExact: string;
    };
  };
  /** Those that explain most come first. */
  readonly causes: readonly Cause[];
  readonly unexplained: {
    /** That no cause explains. */
    readonly findings: number;
    /** What they add to the discrepancy. */
    readonly contribution: number;
    /** What they add to the discrepancy. As an exact decimal. */
    readonly contributionExact: string;
  };
  /** The first delta in log order that differs, and the first row that has none. null: nothing. */
  readonly firstDivergence: { readonly yours: FoundEntry | null; readonly theirs: FoundRow | null } | null;
  /** Searches for groups that were ended: narrower rules may find more. */
  readonly groupSearchesCutShort?: number;
  readonly scope: ReadScope;
  readonly ledger: LedgerStanding;
  readonly position: Position;
  readonly statement: {
    readonly name?: string;
    /** Of the statement’s bytes. */
    readonly sha256: string;
    /** As it was handed in. */
    readonly bytes: number;
    /** In it. */
    readonly records: number;
    /** Amounts of zero or empty, which are no records. */
    readonly zeros: number;
    readonly reading: StatementReading;
  };
  /** As they were asked for. */
  readonly rules: Readonly<Record<string, unknown>>;
  /** When it was asked for. */
  readonly createdAt: string;
  /** When it was made. */
  readonly finishedAt: string;
}

export interface StatementToCompare {
  /** The statement, which is kept. */
  readonly statementId: string;
  /** By which records are matched that have no reference in common. */
  readonly rules?: {
    /** opposite: the statement counts with the other sign. */
    readonly sign?: 'same' | 'opposite';
    /** By how much amounts may differ: either suffices. */
    readonly tolerance?: { readonly absolute?: number | string; readonly percent?: number | string };
    /** How far apart records without a common reference may lie. */
    readonly timeWindowSeconds?: number;
    /** Likewise, in the other period. 0: by reference only. */
    readonly timingWindowSeconds?: number;
    /** Their reason: ours. */
    readonly reasonMap?: Readonly<Record<string, unknown>>;
    /** Whether one record may match several; true unless told. */
    readonly groups?: boolean;
  };
}

export interface Usage {
  /** A calendar month in UTC, YYYY-MM. */
  readonly period: string;
  readonly plan: string;
  readonly environment: 'test' | 'live';
  /** Deltas recorded. */
  readonly consumed: number;
  /** What the plan allows; null: any number. */
  readonly allowed: number | null;
  /** What is left of it; null: any number. */
  readonly remaining: number | null;
  readonly position: Positions;
}

/** A delta in the ledger: recomputed, ordered, final. */
export interface VerifiedDelta {
  /** The delta’s record. */
  readonly recordId: string;
  /** The delta’s receipt. */
  readonly receiptId: string;
  /** The provider’s own id of the customer. */
  readonly customerId: string;
  /** The amount. */
  readonly delta: number;
  /** The amount. As an exact decimal. */
  readonly deltaExact: string;
  readonly reason: string;
  readonly referenceId?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly adjusts?: {
    /** The delta’s record. */
    readonly recordId: string;
  };
  /** When it happened, if the producer said so. */
  readonly occurredAt?: string;
  /** RFC 6962 leaf hash of its content. */
  readonly fingerprint: string;
  readonly status: 'VERIFIED';
  /** Position among the customer’s deltas, from 0, without gaps. */
  readonly index: number;
  /** The customer’s balance after it. */
  readonly balanceAfter: number;
  /** The customer’s balance after it. As an exact decimal. */
  readonly balanceAfterExact: string;
  /** When it was recorded. */
  readonly recordedAt: string;
  /** A calendar month in UTC, YYYY-MM. */
  readonly period: string;
  /** It happened in an earlier period that was closed by then. */
  readonly late: boolean;
  readonly position: LogPlace;
  /** The trace of the request that brought it. */
  readonly traceId: string;
}

/** A delta that is in the log and not in the ledger yet. */
export interface WaitingDelta {
  /** The delta’s record. */
  readonly recordId: string;
  /** The delta’s receipt. */
  readonly receiptId: string;
  /** The provider’s own id of the customer. */
  readonly customerId: string;
  /** The amount. */
  readonly delta: number;
  /** The amount. As an exact decimal. */
  readonly deltaExact: string;
  readonly reason: string;
  readonly referenceId?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly adjusts?: {
    /** The delta’s record. */
    readonly recordId: string;
  };
  /** When it happened, if the producer said so. */
  readonly occurredAt?: string;
  /** RFC 6962 leaf hash of its content. */
  readonly fingerprint: string;
  readonly status: 'QUEUED' | 'PROCESSING';
  readonly position: LogPlace;
  /** The trace of the request that brought it. */
  readonly traceId: string;
}

/** By operation id. */
export interface Operations {
  /** Record one delta */
  emitDelta: {
    readonly query: unknown;
    readonly body: Delta;
    readonly answer: AcceptedDelta;
  };
  /** What became of a delta */
  getDelta: {
    readonly query: {
      /** strong (default): the answer has all that was acknowledged before; eventual: it does not wait. */
      readonly consistency?: 'strong' | 'eventual';
    };
    readonly body: undefined;
    readonly answer: VerifiedDelta | WaitingDelta | FailedDelta;
  };
  /** Record many deltas */
  emitBatch: {
    readonly query: {
      /** failed lists only the items that failed. */
      readonly results?: 'all' | 'failed';
    };
    readonly body: DeltaBatch;
    readonly answer: BatchAnswer;
  };
  /** Derive a balance from the records */
  deriveBalance: {
    readonly query: {
      /** A month, such as 2026-11. */
      readonly period?: string;
      /** One of current_month, custom. */
      readonly timePreset?: 'current_month' | 'custom';
      /** Scope: with endDate, a window of event time. */
      readonly startDate?: string;
      /** The first moment after the window. */
      readonly endDate?: string;
      /** Scope: what came after this record or proof root. */
      readonly startingCheckpoint?: string;
      /** One of recordId, proofRoot. */
      readonly startingCheckpointType?: 'recordId' | 'proofRoot';
      /** Scope: what happened up to this time. */
      readonly at?: string;
      /** Only what was recorded by this time. Goes with every scope. */
      readonly asOf?: string;
      /** A decimal such as "-12.50", with at most 12 decimals. */
      readonly startingBalance?: string;
      /** One of day, week, month. */
      readonly granularity?: 'day' | 'week' | 'month';
      /** Reason, or metadata. and the name of a member. */
      readonly groupBy?: string;
      /** strong (default): the answer has all that was acknowledged before; eventual: it does not wait. */
      readonly consistency?: 'strong' | 'eventual';
      /** totals leaves rows and proof root out, and is answered faster. */
      readonly view?: 'full' | 'totals';
      /** A whole number from 1 to 1,000. */
      readonly limit?: number;
      /** A whole number from 0 to 1,000,000. */
      readonly offset?: number;
      /** The nextCursor of the page before. */
      readonly cursor?: string;
    };
    readonly body: undefined;
    readonly answer: DerivedBalance;
  };
  /** Deltas recorded in a period, against the plan */
  getUsage: {
    readonly query: {
      /** A month, such as 2026-11. */
      readonly period?: string;
      /** strong (default): the answer has all that was acknowledged before; eventual: it does not wait. */
      readonly consistency?: 'strong' | 'eventual';
    };
    readonly body: undefined;
    readonly answer: Usage;
  };
  /** Every bound */
  getLimits: {
    readonly query: unknown;
    readonly body: undefined;
    readonly answer: Limits;
  };
  /** Holes in a customer’s index */
  findGaps: {
    readonly query: {
      /** A whole number from 0 to 9,007,199,254,740,991. */
      readonly fromSequence?: number;
      /** A whole number from 0 to 9,007,199,254,740,991. */
      readonly toSequence?: number;
      /** A whole number from 1 to 1,000. */
      readonly limit?: number;
      /** strong (default): the answer has all that was acknowledged before; eventual: it does not wait. */
      readonly consistency?: 'strong' | 'eventual';
    };
    readonly body: undefined;
    readonly answer: GapReport;
  };
  /** Customers of whom something is recorded */
  listCustomers: {
    readonly query: {
      /** 1 to 128 characters without NUL. */
      readonly search?: string;
      /** A whole number from 1 to 500. */
      readonly limit?: number;
      /** A whole number from 1 to 1,000,000. */
      readonly page?: number;
      /** strong (default): the answer has all that was acknowledged before; eventual: it does not wait. */
      readonly consistency?: 'strong' | 'eventual';
    };
    readonly body: undefined;
    readonly answer: CustomerList;
  };
  /** All customers in one row */
  summarizeCustomers: {
    readonly query: {
      /** strong (default): the answer has all that was acknowledged before; eventual: it does not wait. */
      readonly consistency?: 'strong' | 'eventual';
    };
    readonly body: undefined;
    readonly answer: CustomersSummary;
  };
  /** One customer: totals by period, and the newest deltas */
  getCustomer: {
    readonly query: {
      /** A whole number from 1 to 1,000,000. */
      readonly deltaPage?: number;
      /** A whole number from 1 to 100. */
      readonly deltaLimit?: number;
      /** A month, such as 2026-11. */
      readonly period?: string;
      /** strong (default): the answer has all that was acknowledged before; eventual: it does not wait. */
      readonly consistency?: 'strong' | 'eventual';
    };
    readonly body: undefined;
    readonly answer: Customer;
  };
  /** Hold two totals, or a statement, against the ledger */
  compareBalances: {
    readonly query: unknown;
    readonly body: BalancesToCompare | StatementToCompare;
    readonly answer: BalancesReport;
  };
  /** A report, or how far it is */
  getComparison: {
    readonly query: unknown;
    readonly body: undefined;
    readonly answer: BalancesReport | StatementReport | OpenReport;
  };
  /** The reports, the latest first */
  listComparisons: {
    readonly query: {
      /** A customer id. */
      readonly customerId?: string;
      /** One of balances, statement. */
      readonly kind?: 'balances' | 'statement';
      /** A whole number from 1 to 500. */
      readonly limit?: number;
      /** A whole number from 0 to 1,000,000. */
      readonly offset?: number;
    };
    readonly body: undefined;
    readonly answer: ReportList;
  };
  /** What a report found, down to the records */
  listFindings: {
    readonly query: {
      /** Which classes; differing (default): all but matched. any: all. */
      readonly class?: string;
      /** Those that this cause of the report explains, by its number. */
      readonly cause?: number;
      /** Not before this time. */
      readonly from?: string;
      /** Before this time. */
      readonly to?: string;
      /** Those of this reason. */
      readonly reason?: string;
      /** With value: those of this value of a metadata dimension of the statement. */
      readonly dimension?: string;
      /** With dimension. */
      readonly value?: string;
      /** 100 unless told. An export has no limit. */
      readonly limit?: number;
      /** The nextCursor of the page before. */
      readonly cursor?: string;
      /** csv and ndjson: all of them, as a file. */
      readonly format?: 'json' | 'csv' | 'ndjson';
    };
    readonly body: undefined;
    readonly answer: FindingPage;
  };
  /** What a report found, level by level */
  summarizeFindings: {
    readonly query: {
      /** month unless told; all in UTC. */
      readonly level?: 'total' | 'month' | 'day' | 'hour';
      /** Each of these apart as well. */
      readonly by?: string;
      /** Not before this time. */
      readonly from?: string;
      /** Before this time. */
      readonly to?: string;
      /** A whole number from 1 to 5,000. */
      readonly limit?: number;
      /** A whole number from 0 to 1,000,000. */
      readonly offset?: number;
    };
    readonly body: undefined;
    readonly answer: FindingSummary;
  };
  /** Hand in a party’s own records */
  uploadStatement: {
    readonly query: {
      /** A customer id. */
      readonly customerId?: string;
      /** What the file is called. */
      readonly name?: string;
      /** A month, such as 2026-11. */
      readonly period?: string;
      /** One of current_month, custom. */
      readonly timePreset?: 'current_month' | 'custom';
      /** Scope: with endDate, a window of event time. */
      readonly startDate?: string;
      /** The first moment after the window. */
      readonly endDate?: string;
      /** Scope: what came after this record or proof root. */
      readonly startingCheckpoint?: string;
      /** One of recordId, proofRoot. */
      readonly startingCheckpointType?: 'recordId' | 'proofRoot';
      /** Scope: what happened up to this time. */
      readonly at?: string;
      /** Only what was recorded by this time. Goes with every scope. */
      readonly asOf?: string;
      /** Else by the content type. */
      readonly format?: 'csv' | 'ndjson' | 'json';
      /** CSV: the character between cells, or tab. */
      readonly delimiter?: string;
      /** CSV: false: quotes are ordinary characters. */
      readonly quotes?: 'true' | 'false';
      /** utf-8, utf-16 or latin1; else by the byte order mark, and UTF-8. */
      readonly encoding?: string;
      /** The column of the amounts; may be repeated: a row then has a record for each. */
      readonly amountColumn?: string | readonly string[];
      /** Every amount is multiplied by this decimal, exactly. */
      readonly scale?: string;
      /** true: every amount has its sign changed. */
      readonly negate?: 'true' | 'false';
      /** The column of the references by which records are matched first. */
      readonly referenceColumn?: string;
      /** The column of the reasons. */
      readonly reasonColumn?: string;
      /** Instead of a column: the reason of every record. */
      readonly reason?: string;
      /** The column of the times. */
      readonly timeColumn?: string;
      /** iso, unix-s, unix-ms, unix-us, unix-ns or a pattern such as DD/MM/YYYY; else found out, or refused. */
      readonly timeFormat?: string;
      /** Of times that name none: utc, +02:00, Europe/Berlin. */
      readonly timeZone?: string;
      /** Else found out, or refused. */
      readonly decimalMark?: '.' | ',';
      /** Columns that are members of our metadata by the same name; comma separated, or repeated. */
      readonly dimensionColumns?: string | readonly string[];
    };
    readonly body: readonly Readonly<Record<string, unknown>>[];
    readonly answer: Statement;
  };
  /** The statements, the latest first */
  listStatements: {
    readonly query: {
      /** A customer id. */
      readonly customerId?: string;
      /** A whole number from 1 to 500. */
      readonly limit?: number;
      /** A whole number from 0 to 1,000,000. */
      readonly offset?: number;
    };
    readonly body: undefined;
    readonly answer: StatementList;
  };
  /** A statement, and how far it is read */
  getStatement: {
    readonly query: unknown;
    readonly body: undefined;
    readonly answer: Statement;
  };
  /** A statement as it was handed in */
  getStatementContent: {
    readonly query: unknown;
    readonly body: undefined;
    readonly answer: readonly Readonly<Record<string, unknown>>[];
  };
  /** Seal a scope under a proof root */
  createCheckpoint: {
    readonly query: unknown;
    readonly body: CheckpointRequest;
    readonly answer: Checkpoint | CheckpointRun;
  };
  /** The checkpoints, the latest first */
  listCheckpoints: {
    readonly query: {
      /** A customer id. */
      readonly customerId?: string;
      /** A month, such as 2026-11. */
      readonly period?: string;
      /** One of current_month, custom. */
      readonly timePreset?: 'current_month' | 'custom';
      /** An ISO 8601 date, or a time with its zone, such as 2026-11-24T03:19:53Z. */
      readonly startDate?: string;
      /** An ISO 8601 date, or a time with its zone, such as 2026-11-24T03:19:53Z. */
      readonly endDate?: string;
      /** A whole number from 1 to 500. */
      readonly limit?: number;
      /** A whole number from 0 to 1,000,000. */
      readonly offset?: number;
    };
    readonly body: undefined;
    readonly answer: CheckpointList;
  };
  /** One delta’s receipt, to be checked offline */
  getReceipt: {
    readonly query: unknown;
    readonly body: undefined;
    readonly answer: DeltaReceipt;
  };
  /** Receipts of a customer’s newest deltas */
  listReceipts: {
    readonly query: {
      /** A whole number from 1 to 100. */
      readonly limit?: number;
    };
    readonly body: undefined;
    readonly answer: ReceiptList;
  };
  /** All deltas of a sealed scope, and the file that proves them */
  getPeriodReceipt: {
    readonly query: {
      /** A month, such as 2026-11. */
      readonly period?: string;
      /** One of current_month, custom. */
      readonly timePreset?: 'current_month' | 'custom';
      /** An ISO 8601 date, or a time with its zone, such as 2026-11-24T03:19:53Z. */
      readonly startDate?: string;
      /** An ISO 8601 date, or a time with its zone, such as 2026-11-24T03:19:53Z. */
      readonly endDate?: string;
    };
    readonly body: undefined;
    readonly answer: InvoiceProof;
  };
  /** All deltas of a sealed scope, and the file that proves them */
  getInvoiceProof: {
    readonly query: {
      /** A month, such as 2026-11. */
      readonly period?: string;
      /** One of current_month, custom. */
      readonly timePreset?: 'current_month' | 'custom';
      /** An ISO 8601 date, or a time with its zone, such as 2026-11-24T03:19:53Z. */
      readonly startDate?: string;
      /** An ISO 8601 date, or a time with its zone, such as 2026-11-24T03:19:53Z. */
      readonly endDate?: string;
    };
    readonly body: undefined;
    readonly answer: InvoiceProof;
  };
  /** A token by which somebody without a key sees one customer’s records */
  issueAccessToken: {
    readonly query: unknown;
    readonly body: AccessTokenRequest;
    readonly answer: IssuedAccessToken;
  };
  /** The access tokens, the latest first */
  listAccessTokens: {
    readonly query: {
      /** A customer id. */
      readonly customerId?: string;
      /** A whole number from 1 to 500. */
      readonly limit?: number;
      /** A whole number from 0 to 1,000,000. */
      readonly offset?: number;
    };
    readonly body: undefined;
    readonly answer: AccessTokenList;
  };
  /** Take an access token back */
  revokeAccessToken: {
    readonly query: unknown;
    readonly body: undefined;
    readonly answer: AccessToken;
  };
  /** The log of deliveries, the latest first */
  listDeliveries: {
    readonly query: {
      /** One of pending, delivered, failed. */
      readonly deliveryState?: 'pending' | 'delivered' | 'failed';
      /** A whole number from 1 to 100. */
      readonly limit?: number;
      /** A whole number from 0 to 10,000. */
      readonly offset?: number;
    };
    readonly body: undefined;
    readonly answer: DeliveryLog;
  };
  /** Send an event again, now, to every enabled webhook that it went to */
  retryDelivery: {
    readonly query: unknown;
    readonly body: undefined;
    readonly answer: RetriedEvent;
  };
  /** What a root commits to */
  verifyRoot: {
    readonly query: {
      /** There is one log, and it is asked; the words are taken for clients that send them. */
      readonly source?: 'db' | 'chain' | 'both';
      /** A whole number from 1 to 1,000. */
      readonly limit?: number;
      /** The page before ended with it. */
      readonly cursor?: number;
    };
    readonly body: undefined;
    readonly answer: RootVerification;
  };
  /** All records under a root, and the file that proves them */
  getStatementByRoot: {
    readonly query: unknown;
    readonly body: undefined;
    readonly answer: InvoiceProof;
  };
  /** The receipt of one delta under a root */
  getReceiptByRoot: {
    readonly query: unknown;
    readonly body: undefined;
    readonly answer: DeltaReceipt;
  };
  /** The keys that sign the logs */
  listLogKeys: {
    readonly query: {
      /** 1 to 400 characters without NUL. */
      readonly origin?: string;
    };
    readonly body: undefined;
    readonly answer: LogKeys;
  };
}
