import {
  type AuditedLogSeal,
  findLogNodes,
  findStrayLogNodes,
  listLogKeys,
  type NodePlace,
  type SealLog,
  streamHeads,
  streamLogSeals,
} from '@pacspace/ledger';
import { sha256 } from '@pacspace/node-crypto';
import { CompactRange, equalBytes, subtreesOf, verifierKeyOf } from '@pacspace/proof';
import type { AuditTools } from '../audit-tools.js';
import type { Progress } from '../progress.js';
import type { LogAuditOptions } from './log-audit-options.js';
import { HeadAudit } from './head-audit.js';
import { checkSealRow } from './seal-row.js';

const NODES = 500;
const MOST_KEYS = 1_000;

interface Options extends LogAuditOptions {
  readonly progress: Progress;
}

/** One log, from its first seal to its last: O(log n) hashes are held, and a page of seals. */
export async function checkSealLog(tools: AuditTools, log: SealLog, options: Options): Promise<void> {
  await new SealLogAudit(tools, log, options).run();
}

class SealLogAudit {
  private readonly range = CompactRange.empty(sha256);
  private due: (NodePlace & { readonly hash: Uint8Array })[] = [];
  private readonly differing: { readonly first: number; readonly end: number }[] = [];
  private sealedAt = '';
  /** A seal is missing: all behind it would stand in another place of the tree. */
  private hasGap = false;

  constructor(
    private readonly tools: AuditTools,
    private readonly log: SealLog,
    private readonly options: Options,
  ) {}

  async run(): Promise<void> {
    const { client, findings } = this.tools;
    const { log } = this;
    const heads = await this.openHeads();
    for await (const page of streamLogSeals(client, log.number)) {
      for (const row of page) {
        this.addRow(row);
        if (!this.hasGap) await heads.grown(this.range);
      }
      if (this.due.length >= NODES) await this.compareNodes();
      this.options.progress.advance(page.length);
    }
    await this.compareNodes();
    if (!this.hasGap) this.checkEnd();
    await heads.finish(this.hasGap);
    for (const { level, index } of await findStrayLogNodes(client, log.number, log.size)) {
      findings.add(
        'log',
        `${log.origin} node ${level}/${index}`,
        'is stored, and the log’s tree has no such node',
      );
    }
  }

  private async openHeads(): Promise<HeadAudit> {
    const { client, findings, unchecked } = this.tools;
    const { log, options } = this;
    const listed = await listLogKeys(client, { origin: log.origin, limit: MOST_KEYS });
    return await HeadAudit.open({
      log,
      stored: streamHeads(client, log.number),
      kept: options.heads.filter(({ checkpoint }) => checkpoint.origin === log.origin),
      listedKeys: listed.map(({ publicKey }) => verifierKeyOf(sha256, log.origin, publicKey)),
      trustedKeys: options.keys.filter(({ name }) => name === log.origin),
      onFault: (unit, sentence) => findings.add('heads', unit, sentence),
      onUnchecked: () => (unchecked.heads += 1),
    });
  }

  private addRow(row: AuditedLogSeal): void {
    const { range } = this;
    const place = this.hasGap ? Number(row.log_index) : range.size;
    if (Number(row.log_index) !== place) {
      this.fault(
        `seals ${place} to ${Number(row.log_index) - 1}`,
        'are missing: what is behind them cannot be held against the log’s tree',
      );
      this.hasGap = true;
    }
    if (Number(row.log_index) >= this.log.size) {
      this.fault(`seal ${row.log_index}`, `stands behind the log’s end, at ${this.log.size}`);
    }
    const { leaf, sealedAt } = checkSealRow(row, this.log, (sentence) =>
      this.fault(`seal ${row.log_index}`, sentence),
    );
    if (sealedAt !== undefined) {
      if (sealedAt < this.sealedAt)
        this.fault(`seal ${row.log_index}`, 'was sealed, by its text, before the one in front of it');
      this.sealedAt = sealedAt;
    }
    if (this.hasGap) return;
    // The leaf of what is there, not of what the column says: so that the tree finds it, too.
    range.append(leaf, (level, index, hash) => this.due.push({ level, index, hash }));
  }

  private async compareNodes(): Promise<void> {
    const nodes = this.due;
    this.due = [];
    if (nodes.length === 0) return;
    const stored = await findLogNodes(this.tools.client, this.log.number, nodes);
    nodes.forEach(({ level, index, hash }, i) => {
      const found = stored[i];
      if (found !== undefined && equalBytes(found, hash)) return;
      const [first, end] = [index * 2 ** level, (index + 1) * 2 ** level];
      if (found === undefined) return this.fault(`node ${level}/${index}`, 'is missing');
      if (this.isNamed(first, end)) return;
      this.differing.push({ first, end });
      this.fault(`seals ${first} to ${end - 1}`, `they do not hash to the stored node ${level}/${index}`);
    });
  }

  private checkEnd(): void {
    const { range, log } = this;
    if (range.size !== log.size) {
      this.fault(`seals ${range.size} to ${log.size - 1}`, `are missing at the end: the log has ${log.size}`);
      return;
    }
    if (this.sealedAt !== '' && Date.parse(this.sealedAt) !== log.sealedAtMs) {
      this.fault(
        '',
        `the time of its last seal is ${this.sealedAt}, by the log's row ${new Date(log.sealedAtMs).toISOString()}`,
      );
    }
    const computed = range.toBytes();
    if (equalBytes(computed, log.frontier)) return;
    if (computed.length !== log.frontier.length) {
      this.fault('', 'its stored frontier is not of its size');
      return;
    }
    subtreesOf(0, range.size).forEach(({ level, index }, i) => {
      const hash = range.hashes[i];
      if (hash === undefined || equalBytes(hash, log.frontier.subarray(32 * i, 32 * i + 32))) return;
      const [first, end] = [index * 2 ** level, (index + 1) * 2 ** level];
      if (this.isNamed(first, end)) return;
      this.fault(`seals ${first} to ${end - 1}`, 'they do not hash to what the stored frontier has for them');
    });
  }

  private isNamed(first: number, end: number): boolean {
    return this.differing.some((one) => one.first >= first && one.end <= end);
  }

  private fault(unit: string, sentence: string): void {
    const { origin } = this.log;
    this.tools.findings.add('log', unit === '' ? origin : `${origin} ${unit}`, sentence);
  }
}
