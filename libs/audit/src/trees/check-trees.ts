import {
  type AuditedSeal,
  findStrayTreeNodes,
  findTreeNodes,
  listSealLogs,
  loadLanes,
  readLaneCount,
  streamCustomers,
  streamEntries,
  streamPeriods,
  streamSealsByCustomer,
} from '@pacspace/ledger';
import { formatPeriod } from '@pacspace/domain';
import { equalBytes } from '@pacspace/proof';
import type { AuditTools } from '../audit-tools.js';
import { Progress } from '../progress.js';
import { RowGroups } from '../row-groups.js';
import { CustomerAudit } from './customer-audit.js';
import type { DueNode } from './period-tree.js';

/** Nodes asked for at once. */
const NODES = 500;

/**
 * Hashes every entry again, customer by customer, and holds stored nodes, frontiers and seals against the trees that
 * come of it. Four streams beside each other, each in the order of customers: memory is bounded by the seals of one
 * customer.
 */
export async function checkTrees(tools: AuditTools): Promise<void> {
  const { client, findings, unchecked } = tools;
  const lanes = await loadLanes(client);
  const logs = new Map((await listSealLogs(client)).map((log) => [log.environmentId, log]));
  const total = lanes.reduce((sum, { entries }) => sum + entries, 0);
  const progress = new Progress(tools, 'deltas hashed again, with their trees and seals', total);

  const entries = new RowGroups(streamEntries(client), (row) => row.customer_no);
  const periods = new RowGroups(streamPeriods(client), (row) => row.customer_no);
  const seals = new RowGroups(streamSealsByCustomer(client), (row) => row.customer_no);
  // Entries and periods without a customer are found by the ledger's rules.
  const ignore = (): void => undefined;
  const onStraySeal = (row: AuditedSeal): void =>
    findings.add('seals', `seal ${row.log_index} of log ${row.log_no}`, 'is of a customer that is not there');

  let due: (DueNode & { readonly customerNo: number })[] = [];
  const compareNodes = async (): Promise<void> => {
    const nodes = due;
    due = [];
    if (nodes.length === 0) return;
    const places = nodes.map(({ customerNo, tree, level, index }) => ({
      customerNo,
      period: tree.period,
      level,
      index,
    }));
    const stored = await findTreeNodes(client, places);
    nodes.forEach((node, i) => {
      const hash = stored[i];
      if (hash === undefined || !equalBytes(hash, node.hash)) node.tree.nodeDiffers(node, hash);
    });
  };

  const laneCount = await readLaneCount(client);
  for await (const page of streamCustomers(client)) {
    for (const customer of page) {
      const { number: customerNo, environment_id: environmentId } = customer;
      const log = logs.get(environmentId);
      const audit = new CustomerAudit(customer, await seals.all(customerNo, onStraySeal), {
        lanes: laneCount ?? 1,
        sealedThrough: log?.sealedThrough,
        logNo: log?.number,
        onNode: (node) => due.push({ ...node, customerNo }),
        onFault: (part, unit, sentence) => findings.add(part, unit, sentence),
        onUnchecked: (kind) => (unchecked[kind] += 1),
      });
      for await (const rows of entries.of(customerNo, ignore)) {
        for (const row of rows) audit.add(row);
        if (due.length >= NODES) await compareNodes();
        progress.advance(rows.length);
      }
      await compareNodes();
      audit.finish(await periods.all(customerNo, ignore));
    }
    progress.advance(0);
  }
  await seals.rest(onStraySeal);
  for (const { name, period, level, index } of await findStrayTreeNodes(client)) {
    const unit = `${name} period ${formatPeriod(period)} node ${level}/${index}`;
    findings.add('trees', unit, 'is stored, and the tree has no such node');
  }
  progress.finish();
}
