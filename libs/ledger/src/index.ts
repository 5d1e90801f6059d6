export { LedgerError, type LedgerErrorCode, isPassing } from './errors.js';
export { checkSchema, migrate } from './migrate.js';
export { type LedgerPoolOptions, createLedgerPool } from './pool.js';
export { type LaneState, loadLane, loadLanes } from './lane-state.js';
export {
  type CustomerRow,
  type EntryRow,
  type NewCustomerRow,
  type NodeRow,
  type PeriodRow,
  type RejectionRow,
  type Turn,
} from './turn.js';
export { appendTurn, ensurePeriod } from './append-turn.js';
export { type CustomerName, type PeriodName, loadCustomers, loadPeriods } from './load-states.js';
export { type FoundRecord, findRecords } from './find-records.js';
export { withTransaction } from './with-transaction.js';
export { LaneLeases, type LaneLeasesOptions } from './lane-leases.js';
export { type FoundRejection, findRejections } from './find-rejections.js';
