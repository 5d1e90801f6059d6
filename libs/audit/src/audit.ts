import { checkRules, createLedgerPool, loadLanes, readInSnapshot } from '@pacspace/ledger';
import { connectLog, findDeltaLog } from '@pacspace/log';
import type pg from 'pg';
import type { AuditTools, Unchecked } from './audit-tools.js';
import { type AuditFinding, Findings } from './findings.js';
import { checkLanes } from './lanes/check-lanes.js';
import { checkLogs } from './logs/check-logs.js';
import type { LogAuditOptions } from './logs/log-audit-options.js';
import { checkTrees } from './trees/check-trees.js';

export interface SnapshotOptions extends LogAuditOptions {
  /** Told how far it has come. */
  readonly say: (line: string) => void;
  /** Told of each finding as soon as it is made. */
  readonly onFinding: (finding: AuditFinding) => void;
  readonly interrupted: AbortSignal;
}

export interface AuditOptions extends SnapshotOptions {
  readonly databaseUrl: string;
  /** Undefined: the ledger is not compared with the log. */
  readonly natsUrl: string | undefined;
}

export interface AuditReport {
  readonly findings: readonly AuditFinding[];
  /** Findings beyond those that are listed. */
  readonly unlisted: number;
  readonly unchecked: Unchecked;
  /** False: there was no log to compare with. */
  readonly comparedWithLog: boolean;
}

/**
 * Verifies again all that is stored, in one snapshot, from the deltas to the signed heads. Changes nothing, and may run
 * beside all the services.
 *
 * @throws LogError, what pg throws: a server cannot be reached; the signal's reason when it is interrupted.
 */
export async function audit(options: AuditOptions): Promise<AuditReport> {
  const { databaseUrl, natsUrl } = options;
  const connection =
    natsUrl === undefined ? undefined : await connectLog({ url: natsUrl, name: 'pacspace audit' });
  const pool = createLedgerPool({ url: databaseUrl, name: 'pacspace audit', max: 1 });
  try {
    return await readInSnapshot(pool, (client) => auditSnapshot(client, connection, options));
  } finally {
    await pool.end();
    await connection?.close();
  }
}

/** The same within a transaction of the caller's, on a connection whose unqualified names mean the ledger's tables. */
export async function auditSnapshot(
  client: pg.ClientBase,
  connection: LogConnection | undefined,
  options: SnapshotOptions,
): Promise<AuditReport> {
  const { say, interrupted } = options;
  const findings = new Findings(options.onFinding);
  const unchecked: Unchecked = { subset: 0, window: 0, deltas: 0, heads: 0 };
  const tools: AuditTools = { client, findings, unchecked, say, interrupted };
  await checkOwnRules(tools);
  if (connection !== undefined) await compareWithLog(tools, connection);
  await checkTrees(tools);
  await checkLogs(tools, options);
  const { kept, total } = findings;
  const comparedWithLog = connection !== undefined;
  return { findings: kept, unlisted: total - kept.length, unchecked, comparedWithLog };
}

type LogConnection = Awaited<ReturnType<typeof connectLog>>;

async function checkOwnRules({ client, findings, interrupted, say }: AuditTools): Promise<void> {
  const faults = await checkRules(client, (name, number, of) => {
    interrupted.throwIfAborted();
    say(`ledger, rule ${number} of ${of}: ${name}`);
  });
  for (const { unit, rule, detail } of faults) {
    findings.add('ledger', unit, `does not keep the rule “${rule}”: ${detail}`);
  }
}

async function compareWithLog(tools: AuditTools, connection: LogConnection): Promise<void> {
  const log = await findDeltaLog(connection);
  if (log !== undefined) return await checkLanes(tools, log);
  const lanes = await loadLanes(tools.client);
  if (lanes.every(({ sequence }) => sequence === 0)) return;
  tools.findings.add('deltas', 'the log', 'is not there, and the ledger was made of one');
}
