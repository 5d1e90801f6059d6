export { LedgerError, type LedgerErrorCode, isPassing } from './errors.js';
export { checkSchema, migrate } from './migrate.js';
export { describeSchema } from './schema/describe-schema.js';
export { type LedgerPoolOptions, createLedgerPool } from './pool.js';
export { type LaneState, loadLane, loadLanes, readLaneCount, readWatermark } from './lane-state.js';
export {
  type ClosingRow,
  type CustomerRow,
  type EntryRow,
  type NewCustomerRow,
  type NodeRow,
  type PeriodRow,
  type RejectionRow,
  type Turn,
  type UsageRow,
} from './turn.js';
export { appendTurn, ensurePeriod, writeTurn } from './append-turn.js';
export {
  type ClosedEnvironment,
  type CustomerName,
  type LoadedCustomer,
  type PeriodName,
  loadClosedEnvironments,
  loadCustomers,
  loadPeriods,
} from './load-states.js';
export { type FoundRecord, findRecords } from './find-records.js';
export { withTransaction } from './with-transaction.js';
export { LaneLeases, type LaneLeasesOptions, type LeasePurpose, type LeaseView } from './lane-leases.js';
export { type FoundRejection, findRejections } from './find-rejections.js';
export {
  type ApiKeyRow,
  type EnvironmentKind,
  type EnvironmentState,
  findApiKeys,
} from './keys/find-api-keys.js';
export { type ApiKeyText, hashSecret, parseApiKey } from './keys/api-key-text.js';
export { type AccessTokenText, newAccessToken, parseAccessToken } from './keys/access-token-text.js';
export {
  type AccessToken,
  type AccessTokenQuery,
  type NewAccessToken,
  type TokenGrant,
  findAccessToken,
  insertAccessToken,
  listAccessTokens,
  revokeAccessToken,
} from './keys/access-tokens.js';
export {
  type UnitsExchange,
  type UnitsGranted,
  type UnitsOf,
  exchangeUnits,
  reclaimUnits,
} from './quota/exchange-units.js';
export { markKeysUsed } from './keys/mark-keys-used.js';
export { type KeySeed, type TenantSeed, seedTenant } from './keys/seed-tenant.js';
export { REFERENCE_SEARCH_DEPTH, type ReferenceQuery, findByReference } from './find-by-reference.js';
export { type ReadPoolOptions, createReadPool } from './reads/create-read-pool.js';
export {
  type CustomerFacts,
  type LedgerPosition,
  type PeriodFacts,
  type PositionedCustomer,
  readCustomer,
} from './reads/read-customer.js';
export { type EntryScope, type EntrySelection, countAtMost, selectEntries } from './reads/select-entries.js';
export { type RecordedEntry, toRecordedEntry } from './reads/recorded-entry.js';
export { type EntrySum, narrowSelection, sumEntries } from './reads/sum-entries.js';
export { type EntryPage, pageEntries, pageShownEntries } from './reads/page-entries.js';
export { type ShownEntry } from './reads/shown-entry.js';
export { type BreakdownQuery, type BreakdownRow, type Granularity, breakDown } from './reads/break-down.js';
export { findIndexAsOf } from './reads/find-index-as-of.js';
export { type FoundOutcome, type RecordPlace, findRecordPlace, readRecord } from './reads/read-record.js';
export { type IndexCheck, checkIndexes } from './reads/check-indexes.js';
export { type CustomerQuery, type ListedCustomer, listCustomers } from './reads/list-customers.js';
export { type EnvironmentTotals, countUsage, sumEnvironment } from './reads/sum-environment.js';
export { type LedgerFault, type OnRule, checkLedger, checkRules } from './maintenance/check-ledger.js';
export { readInSnapshot } from './maintenance/snapshot.js';
export {
  type AuditedClosing,
  type AuditedCustomer,
  type AuditedEntry,
  type AuditedHead,
  type AuditedLaneEntry,
  type AuditedLogSeal,
  type AuditedPeriod,
  type AuditedRejection,
  type AuditedSeal,
  streamClosings,
  streamCustomers,
  streamEntries,
  streamHeads,
  streamLaneEntries,
  streamLogSeals,
  streamPeriods,
  streamRejections,
  streamRunMembers,
  streamRuns,
  streamSealsByCustomer,
} from './maintenance/audit-rows.js';
export {
  type NodePlace,
  type TreeNodePlace,
  findLogNodes,
  findStrayLogNodes,
  findStrayTreeNodes,
  findTreeNodes,
} from './maintenance/audit-nodes.js';
export { findDanglingReferences } from './maintenance/audit-references.js';
export {
  type LedgerDifference,
  REBUILD_SCHEMA,
  compareRebuilt,
  createRebuildSchema,
  holdWriters,
  swapRebuilt,
} from './maintenance/rebuilt-schema.js';
export { customersOfLane } from './maintenance/lane-customers.js';
export { type SealLog, findSealLog, listSealLogs, openSealLog } from './seals/seal-log.js';
export { LogLease, createSealPool } from './seals/log-lease.js';
export { type LogNodeRow, type SealAppend, type SealRow, appendSeals } from './seals/append-seals.js';
export {
  type AnsweredRequest,
  type KeyedRequest,
  type RequestAnswer,
  findRequests,
} from './seals/requests.js';
export { type LogRange, type RunSum, countRunSeals, readRunRanges, sumRun } from './seals/run-members.js';
export { type RunToRecord, type SealRun, findRun, markSealedThrough, recordRun } from './seals/runs.js';
export { type HeadToPublish, type LogHead, listHeads, publishHead, readHead } from './seals/heads.js';
export { type LogKey, addLogKey, listLogKeys } from './seals/log-keys.js';
export { type HashSpan, readLogEntries, readLogHashes } from './seals/read-log.js';
export {
  type LatestSeal,
  type SealQuery,
  type StoredSeal,
  countSeals,
  findLastSeal,
  findLatestSeals,
  findPeriodSeal,
  findSealsByRoot,
  listRunSeals,
  listSeals,
  readSeal,
  readSeals,
} from './seals/find-seals.js';
export { type SealScope, formatScope, parseScope } from './seals/scope.js';
export { type CheckpointRef, formatCheckpointId, parseCheckpointId } from './seals/checkpoint-id.js';
export { type PeriodState, pagePeriod, pageWindow } from './seals/page-period.js';
export {
  findFirstRecordedAt,
  listPeriods,
  listUnsealedEnvironments,
  readClosedLanes,
  readClosedThrough,
} from './seals/find-due.js';
export { type PeriodTree, readPeriodLeaves, readPeriodNodes } from './seals/read-period-tree.js';
export { type EntryHashes, hashEntry } from './seals/entry-leaf.js';
export { readRecordedTimes } from './receipts/read-recorded-times.js';
export { type UntoldSeals, findUntoldSeals, markSealsTold } from './seals/untold-seals.js';
export {
  type NewReport,
  type ReportKind,
  type ReportQuery,
  type ReportState,
  type StoredReport,
  countReports,
  findReport,
  insertReport,
  listReports,
} from './compare/reports.js';
export {
  type NewStatement,
  type StatementChunk,
  type StatementQuery,
  type StatementState,
  type StoredStatement,
  appendChunk,
  completeStatement,
  dropStatement,
  findStatement,
  findStatementByNumber,
  listStatements,
  openStatement,
  readChunks,
} from './compare/statements.js';
export {
  type ReadSoFar,
  type ReadStatement,
  type RecordRow,
  beginStatement,
  noteStatementProgress,
  refuseStatement,
  writeStatementRows,
} from './compare/statement-runs.js';
export {
  type Attempt,
  type IdleWork,
  beginReport,
  dropAbandonedStatements,
  failReport,
  findIdleWork,
  noteReportProgress,
  putReportBack,
} from './compare/report-runs.js';
export {
  type LedgerSide,
  type StatementSide,
  type StreamedRecord,
  streamLedgerSide,
  streamStatementSide,
} from './compare/stream-sides.js';
export {
  type BreakdownCellRow,
  type FindingRow,
  type MadeReport,
  writeReport,
} from './compare/write-report.js';
export {
  type FindingQuery,
  type FoundEntry,
  type FoundRow,
  type StoredFinding,
  readFindings,
  readFoundEntries,
  readFoundRows,
} from './compare/read-findings.js';
export {
  type CellClass,
  type FindingLevel,
  type SumQuery,
  type SummedCell,
  sumFindings,
} from './compare/sum-findings.js';
export { type UntoldReport, findUntoldReports, markReportsTold } from './compare/untold-reports.js';
export {
  type EnvironmentScope,
  type EnvironmentSum,
  sumEnvironmentScope,
} from './reads/sum-environment-scope.js';
export {
  type DisabledReason,
  type EndpointChange,
  type EndpointRow,
  type NewEndpoint,
  type TalliedEndpoint,
  changeEndpoint,
  countEndpoints,
  deleteEndpoint,
  disableEndpoint,
  endpointsByNumber,
  endpointsOf,
  findEndpoint,
  findEndpointEnvironment,
  insertEndpoint,
  listEndpoints,
  rotateSecret,
} from './webhooks/endpoints.js';
export {
  type CustomerCount,
  type DeliveryState,
  type EventRow,
  type NewDelivery,
  type ToldCursor,
  copyDeliveries,
  copyEvents,
  findKnownEvents,
  findUnfinished,
  moveCursor,
  numberEvents,
  openCursor,
  pairName,
} from './webhooks/fan-out.js';
export {
  type DueDelivery,
  type DueEndpoint,
  countWaiting,
  findDueEndpoints,
  loadDue,
  loadHeld,
  releaseHeads,
} from './webhooks/due.js';
export { type SettledDelivery, findLongFailing, giveUpWaiting, settleDeliveries } from './webhooks/settle.js';
export {
  type DeliveryQuery,
  type LoggedDelivery,
  type ReplayRange,
  findDeliveries,
  listDeliveries,
  releaseHeld,
  replayEvent,
  replayRange,
  sendEvent,
} from './webhooks/deliveries.js';
export { forgetDelivered } from './webhooks/forget.js';
export {
  type FoundRejected,
  readEntriesByKey,
  readRejected,
  readReports,
} from './webhooks/read-for-events.js';
