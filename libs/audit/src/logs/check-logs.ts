import { findDanglingReferences, listSealLogs, type SealLog } from '@pacspace/ledger';
import type { AuditTools } from '../audit-tools.js';
import { Progress } from '../progress.js';
import { checkRuns } from './check-runs.js';
import { checkSealLog } from './check-seal-log.js';
import type { KnownHead } from './head-audit.js';
import type { LogAuditOptions } from './log-audit-options.js';

/** Every environment's log: each seal's leaf, the tree over them, the heads that were signed, the runs. */
export async function checkLogs(tools: AuditTools, options: LogAuditOptions): Promise<void> {
  const logs = await listSealLogs(tools.client);
  const total = logs.reduce((sum, { size }) => sum + size, 0);
  const progress = new Progress(tools, 'seals, with the logs’ trees and heads', total);
  for (const log of logs) {
    await checkSealLog(tools, log, { ...options, progress });
    await checkRuns(tools, log);
  }
  for (const unit of await findDanglingReferences(tools.client)) {
    tools.findings.add('log', unit, 'names what is not there');
  }
  reportUnknown(tools, logs, options.heads);
  progress.finish();
}

/** A head of a log that is gone is no small thing. */
function reportUnknown(
  { findings }: AuditTools,
  logs: readonly SealLog[],
  heads: readonly KnownHead[],
): void {
  const origins = new Set(logs.map(({ origin }) => origin));
  for (const { name, checkpoint } of heads) {
    if (origins.has(checkpoint.origin)) continue;
    findings.add('heads', name, `is of the log ${checkpoint.origin}, which is not there`);
  }
}
