import { DEFAULT_BODY_BYTES } from '../http/body-parsers.js';
import { MAX_LINE_BYTES } from '../http/read-lines.js';
import { MAX_BATCH_BYTES, MAX_JSON_ITEMS } from '../ingest/batch-limits.js';
import { AMOUNT_SCALE, DELTA_LIMITS, MAX_DELTA_UNITS } from '@pacspace/domain';
import { STATEMENT_LIMITS } from '@pacspace/wire';

/** Every bound that a reader can meet, in one place: stated in the errors and answered by GET /limits. */
export const READ_LIMITS = {
  /** Length of a time window, in months. Two of them are read at most, whatever the length. */
  scopeMonths: 24,
  rowsPage: 1_000,
  rowsPageDefault: 100,
  /** Rows skipped in a scope that is no unbroken run of indexes are read and thrown away. */
  offset: 1_000_000,
  /** Deltas that a breakdown reads: 2–4 s. */
  breakdownDeltas: 1_000_000,
  breakdownRows: 5_000,
  /** Deltas whose hashes are computed for the root of a scope that has no tree of its own. */
  provenDeltas: 10_000,
  gapRange: 100_000,
  gapsListed: 1_000,
  customersPage: 500,
  customersPageDefault: 50,
  activityPage: 100,
  activityPageDefault: 20,
  searchLength: 128,
} as const;

/** GET /limits. Nothing that was recorded is ever deleted: `maxRetentionDays` is null. */
export const LIMITS_ANSWER = {
  maxScopeMonths: READ_LIMITS.scopeMonths,
  maxLastNDays: 730,
  maxRetentionDays: null,
  maxRowsPerPage: READ_LIMITS.rowsPage,
  maxOffset: READ_LIMITS.offset,
  maxBreakdownDeltas: READ_LIMITS.breakdownDeltas,
  maxBreakdownRows: READ_LIMITS.breakdownRows,
  maxGapRange: READ_LIMITS.gapRange,
  maxCustomersPerPage: READ_LIMITS.customersPage,
  maxDelta: MAX_DELTA_UNITS,
  maxDecimals: AMOUNT_SCALE,
  maxCustomerIdLength: DELTA_LIMITS.customerIdLength,
  maxReasonLength: DELTA_LIMITS.reasonLength,
  maxReferenceIdLength: DELTA_LIMITS.referenceIdLength,
  maxIdempotencyKeyLength: DELTA_LIMITS.idempotencyKeyLength,
  maxMetadataBytes: DELTA_LIMITS.metadataBytes,
  maxMetadataDepth: DELTA_LIMITS.metadataDepth,
  maxBodyBytes: DEFAULT_BODY_BYTES,
  maxBatchBytes: MAX_BATCH_BYTES,
  maxBatchItems: MAX_JSON_ITEMS,
  maxLineBytes: MAX_LINE_BYTES,
  maxStatementBytes: STATEMENT_LIMITS.bytes,
  maxStatementRecords: STATEMENT_LIMITS.records,
} as const;
