import type pg from 'pg';
import type { Findings } from './findings.js';

/** What could not be checked, counted. */
export interface Unchecked {
  /** Seals of chosen deltas: which were chosen is not stored. */
  subset: number;
  /** Seals of windows, past the number that is checked for one customer. */
  window: number;
  /** Deltas of the ledger that the log does not hold any more. */
  deltas: number;
  /** Heads that are signed by no key that was given. */
  heads: number;
}

export interface AuditTools {
  /** In a snapshot: everything is read as of one moment. */
  readonly client: pg.ClientBase;
  readonly findings: Findings;
  readonly unchecked: Unchecked;
  readonly say: (line: string) => void;
  readonly interrupted: AbortSignal;
}
