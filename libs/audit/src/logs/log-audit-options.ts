import type { VerifierKey } from '@pacspace/proof';
import type { KnownHead } from './head-audit.js';

export interface LogAuditOptions {
  /** Keys of logs that the auditor has from somewhere else. */
  readonly keys: readonly VerifierKey[];
  /** Heads that the auditor has kept: the log must still begin with what they cover. */
  readonly heads: readonly KnownHead[];
}
