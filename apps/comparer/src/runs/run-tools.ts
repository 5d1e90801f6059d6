import type { Logger } from '@pacspace/service';
import type pg from 'pg';
import type { CompareTools } from '../compare-tools.js';

/** What long runs stand on. */
export interface RunTools extends CompareTools {
  /** Connections that a statement may hold for minutes. */
  readonly runs: pg.Pool;
  /** What a statement may have; one that has more is refused. */
  readonly mostRecords: number;
  readonly logger: Logger;
  /** This process is about to end: what is under way is given up, for somebody else. */
  readonly stopping: AbortSignal;
}

/** Whatever ends its worker so often is given up: it would be begun for ever. */
export const MOST_ATTEMPTS = 5;
