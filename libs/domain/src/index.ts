export {
  AMOUNT_SCALE,
  MAX_DELTA_UNITS,
  type Amount,
  type AmountProblem,
  type ParsedAmount,
  amountFromCanonical,
  amountToNumber,
  canonicalAmount,
  formatAmount,
  isDeltaInRange,
  parseAmount,
} from './decimal.js';
export { type Period, formatPeriod, parsePeriod, periodEndMs, periodOf, periodStartMs } from './period.js';
export { laneOf } from './lane.js';
export { type JsonObject, type JsonValue, isJsonObject } from './json.js';
export { formatTime, parseTime, parseTimeOrDate } from './time.js';
export {
  DELTA_LIMITS,
  type AdjustsTarget,
  type DeltaInput,
  type ParsedDelta,
  isCustomerId,
  isRecordId,
  parseDelta,
} from './delta.js';
export { type FieldProblem } from './metadata.js';
export {
  type DeltaContent,
  type EntryContent,
  canonicalContent,
  canonicalEntry,
  recordIdPreimage,
} from './content.js';
export {
  type CustomerState,
  type FoldContext,
  type FoldOutcome,
  type LoggedDelta,
  type RejectionCode,
  foldDelta,
} from './fold.js';
