export { ReconcileError, type ReconcileErrorCode } from './errors.js';
export {
  FINDING_CLASSES,
  type Finding,
  type FindingClass,
  type FoundRecord,
  type RecordStream,
  type Side,
  type SideRecord,
  compareReferences,
} from './records.js';
export { DEFAULT_RULES, type MatchRules, type ParsedRules, parseRules } from './rules.js';
export { type ClassTotal, type Total } from './totals.js';
export { type Breakdown, type BreakdownCell, type BreakdownRow, LEVELS, type Level } from './breakdown.js';
export { type Cause, type CauseKind } from './causes/cause.js';
export { describeCause } from './causes/describe-cause.js';
export { type Scope } from './causes/find-shifts.js';
export { type MatchOptions, type MatchReport } from './report.js';
export { type TakeFindings, matchRecords } from './match-records.js';
