import { type SealLog, streamRunMembers, streamRuns } from '@pacspace/ledger';
import { sha256 } from '@pacspace/node-crypto';
import { CompactRange, equalBytes } from '@pacspace/proof';
import type { AuditTools } from '../audit-tools.js';

/** Seals that were made together: their root, computed again from their leaves in order of customer id. */
export async function checkRuns({ client, findings, interrupted }: AuditTools, log: SealLog): Promise<void> {
  for await (const runs of streamRuns(client, log.number)) {
    for (const run of runs) {
      interrupted.throwIfAborted();
      const fault = (sentence: string): void =>
        findings.add('log', `${log.origin} run ${run.number}`, sentence);
      const range = CompactRange.empty(sha256);
      let entries = 0;
      let others = 0;
      for await (const members of streamRunMembers(client, run.number)) {
        for (const member of members) {
          range.append(member.leaf_hash);
          entries += Number(member.count);
          if (member.scope !== run.scope) others += 1;
        }
      }
      if (range.size !== Number(run.count)) fault(`has ${range.size} seals, by its row ${run.count}`);
      if (entries !== Number(run.entries)) fault(`covers ${entries} entries, by its row ${run.entries}`);
      if (others > 0) fault(`has ${others} seals of another scope than its own, ${run.scope}`);
      if (!equalBytes(range.root(), run.root)) fault('its seals do not lead to its root');
    }
  }
}
