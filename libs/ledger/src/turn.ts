import type { RejectionCode } from '@pacspace/domain';
import type { LaneState } from './lane-state.js';

/** One turn of a lane's fold, as it is written: everything in it follows from the log. */
export interface Turn {
  readonly lane: number;
  /** The watermark that the turn starts from: it is written only if that is still the ledger's. */
  readonly fromSequence: number;
  readonly after: LaneState;
  readonly entries: readonly EntryRow[];
  readonly newCustomers: readonly NewCustomerRow[];
  /** Customers that were there before, with their new values. */
  readonly changedCustomers: readonly CustomerRow[];
  readonly newPeriods: readonly PeriodRow[];
  readonly changedPeriods: readonly PeriodRow[];
  readonly nodes: readonly NodeRow[];
  readonly rejections: readonly RejectionRow[];
  readonly closings: readonly ClosingRow[];
  readonly usage: readonly UsageRow[];
}

/** A recorded delta. Amounts are canonical decimal text, keys and hashes hex without prefix. */
export interface EntryRow {
  readonly customerNo: number;
  readonly index: number;
  readonly period: number;
  readonly late: boolean;
  /** Leaf number in the period's tree. */
  readonly leaf: number;
  readonly logSequence: number;
  readonly recordedAtMs: number;
  readonly occurredAtMs: number | undefined;
  readonly recordKey: string;
  readonly traceId: string;
  readonly adjustsKey: string | undefined;
  readonly amount: string;
  readonly balance: string;
  readonly reason: string;
  readonly referenceId: string | undefined;
  readonly metadata: string | undefined;
  readonly salt: string | undefined;
}

export interface CustomerRow {
  readonly number: number;
  readonly count: number;
  readonly balance: string;
  readonly firstRecordedAtMs: number;
  readonly lastRecordedAtMs: number;
  readonly lastRecordKey: string;
  /** Log sequence of the envelope that changed it last. */
  readonly lastSequence: number;
}

export interface NewCustomerRow extends CustomerRow {
  readonly environmentId: string;
  readonly customerId: string;
}

export interface PeriodRow {
  readonly customerNo: number;
  readonly period: number;
  readonly count: number;
  readonly net: string;
  readonly firstIndex: number;
  readonly lastIndex: number;
  /** Earliest and latest event time. */
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** The compact range of the period's tree, hex. */
  readonly frontier: string;
}

export interface NodeRow {
  readonly customerNo: number;
  readonly period: number;
  readonly level: number;
  readonly index: number;
  readonly hash: string;
}

export interface RejectionRow {
  readonly sequence: number;
  /** Place in the envelope. */
  readonly ordinal: number;
  readonly environmentId: string;
  readonly customerId: string;
  readonly recordKey: string;
  readonly traceId: string;
  readonly fingerprint: string;
  readonly amount: string;
  readonly code: RejectionCode;
  readonly recordedAtMs: number;
}

/** A period was closed, and all before it. */
export interface ClosingRow {
  readonly logSequence: number;
  readonly environmentId: string;
  /** Undefined: for all the environment's customers in the lane. */
  readonly customerNo: number | undefined;
  readonly period: number;
}

/** Deltas of one environment that the turn records, by the month in which they were recorded. */
export interface UsageRow {
  readonly environmentId: string;
  readonly month: number;
  readonly count: number;
}
