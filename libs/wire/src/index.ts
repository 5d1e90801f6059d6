export {
  COMPARE_WORKERS,
  COMPARE_WORK_STREAM,
  COMPARE_WORK_SUBJECT,
  DEAD_LETTERS_STREAM,
  DELTAS_STREAM,
  EVENTS_STREAM,
  HEADER_DEAD_REASON,
  HEADER_DEAD_SEQUENCE,
  HEADER_PUBLISH_ID,
  HEADER_TRACEPARENT,
  KEYS_CHANGED,
  PROJECTED_SUBJECTS,
  UNITS_WANTED,
  deadLettersSubject,
  deltasSubject,
  eventsSubject,
  factsSubject,
  projectedSubject,
  projectorConsumer,
} from './subjects.js';
export {
  ENVELOPE_VERSION,
  EnvelopeError,
  type EncodedDelta,
  type Envelope,
  type EnvelopeDelta,
  type EnvelopeErrorCode,
  type PeriodClose,
  decodeEnvelope,
  encodeCloseEnvelope,
  encodeDelta,
  encodeEnvelope,
  traceIdOf,
} from './envelope.js';
export { parseJsonExactly } from './exact-json.js';
export {
  API_ERRORS,
  ApiError,
  type ApiErrorCode,
  type FieldError,
  PROBLEM_CONTENT_TYPE,
  type ProblemBody,
  toProblemBody,
} from './errors.js';
export {
  type CustomerFact,
  type DeltaEvents,
  type FailedDelta,
  type KeysChangedMessage,
  type LaneProjected,
  type ReportMade,
  type SealsPublished,
  type UnitsWantedMessage,
  type VerifiedRun,
} from './events.js';
export { type Plan, type Plans, parsePlans, planOf } from './plans.js';
export {
  type Sha256Hex,
  fingerprintOf,
  metadataHashOf,
  receiptIdOf,
  recordIdOf,
  recordKeyOf,
} from './identity.js';
export {
  CHECKPOINT_CREATE,
  CHECKPOINT_QUEUE,
  type CheckpointRefusal,
  type CheckpointReply,
  type CheckpointRequest,
  checkpointRequest,
} from './checkpoints.js';
export { type AmountFields, amountFields, writeAmount } from './amount-fields.js';
export { readScope, type ReadScope, type ScopeAsOf } from './scope.js';
export {
  type BalancesReply,
  type BalancesRequest,
  balancesRequest,
  COMPARE_BALANCES,
  COMPARER_QUEUE,
  type CompareRefused,
  type CompareWork,
  compareWork,
  FINDING_MEANS,
  type StatementRunRequest,
  statementRunRequest,
  REPORT_ID,
  STATEMENT_LIMITS,
} from './compare.js';
