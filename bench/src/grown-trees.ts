import { canonicalEntry, laneOf, periodOf } from '@pacspace/domain';
import {
  appendTurn,
  type EntryRow,
  ensurePeriod,
  loadLane,
  type NewCustomerRow,
  type NodeRow,
  type PeriodRow,
} from '@pacspace/ledger';
import { sha256, sha256Hex, toHex } from '@pacspace/node-crypto';
import { CompactRange, leafHashOfText } from '@pacspace/proof';
import { fingerprintOf, recordKeyOf } from '@pacspace/wire';
import type pg from 'pg';

const UNIT = 10n ** 12n;
/** Leaves under one stored node. */
const TILE = 256;

/** A customer with one tree, grown to a size without that many rows. */
export interface GrownTree {
  readonly customerId: string;
  readonly frontier: string;
  readonly leaves: number;
  readonly entries: readonly EntryRow[];
  readonly nodes: readonly NodeRow[];
}

export interface TreePlan {
  readonly environmentId: string;
  readonly customerId: string;
  readonly leaves: number;
  /** Tiles whose entries are there, spread evenly; and always the last ones, which every proof reads. */
  readonly tiles: number;
}

/**
 * A tree of as many leaves as wanted, each of whose nodes is what its leaves come to. Proofs read the entries of one tile
 * and of the tree's right edge: those tiles hold true deltas of 1, and the leaves of all others are 32 bytes of nobody's.
 */
export function growTree({ environmentId, customerId, leaves, tiles }: TreePlan): GrownTree {
  const range = CompactRange.empty(sha256);
  const nodes: NodeRow[] = [];
  const entries: EntryRow[] = [];
  const period = periodOf(Date.now());
  const full = Math.floor(leaves / TILE);
  const step = Math.max(1, Math.floor(full / Math.max(1, tiles)));
  const anybodys = Buffer.alloc(32);
  for (let index = 0; index < leaves; index += 1) {
    const tile = Math.floor(index / TILE);
    let leaf: Uint8Array;
    if (tile % step === 0 || tile >= full - 1) {
      const made = makeEntry({ environmentId, customerId }, index, period);
      entries.push(made.row);
      leaf = made.leaf;
    } else {
      anybodys.writeUInt32BE(index, 0);
      leaf = Buffer.from(anybodys);
    }
    range.append(leaf, (level, at, node) =>
      nodes.push({ customerNo: 0, period, level, index: at, hash: toHex(node) }),
    );
  }
  return { customerId, leaves, frontier: toHex(range.toBytes()), entries, nodes };
}

function makeEntry(
  of: { readonly environmentId: string; readonly customerId: string },
  index: number,
  period: number,
): { readonly row: EntryRow; readonly leaf: Uint8Array } {
  const { customerId } = of;
  const recordKey = recordKeyOf({ ...of, key: `key-${index}` }, sha256Hex);
  const facts = { customerId, reason: 'tokens.generated', referenceId: `req-${index}` };
  const fingerprint = fingerprintOf({ ...facts, recordId: `rec_${recordKey}`, amount: UNIT }, sha256Hex);
  const recordedAtMs = Date.now();
  const balance = BigInt(index + 1) * UNIT;
  const leaf = leafHashOfText(
    sha256,
    canonicalEntry({ index, fingerprint, balance, late: false, period, recordedAtMs }),
  );
  const none = { occurredAtMs: undefined, adjustsKey: undefined, metadata: undefined, salt: undefined };
  const row = {
    ...{ customerNo: 0, index, period, late: false, leaf: index, logSequence: 1, recordedAtMs, recordKey },
    ...{ traceId: '1'.repeat(32), amount: '1', balance: String(index + 1), ...none },
    ...{ reason: facts.reason, referenceId: facts.referenceId },
  };
  return { row, leaf };
}

/** Writes the trees as the projector would have left them, each under its customer and any others that share it. */
export async function writeTrees(
  pool: pg.Pool,
  of: { readonly environmentId: string; readonly lanes: number },
  trees: readonly GrownTree[],
): Promise<void> {
  const { environmentId, lanes } = of;
  const period = periodOf(Date.now());
  const nowMs = Date.now();
  await ensurePeriod(pool, period);
  const byLane = Map.groupBy(trees, ({ customerId }) => laneOf(environmentId, customerId, lanes));
  for (let lane = 0; lane < lanes; lane += 1) {
    const before = await loadLane(pool, lane, lanes);
    const own = (byLane.get(lane) ?? []).map((tree, i) => ({ ...tree, number: i * lanes + lane }));
    await appendTurn(pool, {
      lane,
      fromSequence: before.sequence,
      after: {
        ...before,
        entries: own.reduce((sum, { leaves }) => sum + leaves, 0),
        customers: own.length,
        recordedAtMs: nowMs,
      },
      entries: own.flatMap(({ entries, number }) => entries.map((row) => ({ ...row, customerNo: number }))),
      newCustomers: own.map(({ customerId, leaves, number }): NewCustomerRow => ({
        ...{ number, environmentId, customerId, count: leaves, balance: String(leaves) },
        ...{ firstRecordedAtMs: nowMs, lastRecordedAtMs: nowMs, lastSequence: 1 },
        lastRecordKey: '1'.repeat(32),
      })),
      newPeriods: own.map(({ frontier, leaves, number }): PeriodRow => ({
        ...{ customerNo: number, period, count: leaves, net: String(leaves), frontier },
        ...{ firstIndex: 0, lastIndex: leaves - 1, firstAtMs: nowMs, lastAtMs: nowMs },
      })),
      nodes: own.flatMap(({ nodes, number }) => nodes.map((node) => ({ ...node, customerNo: number }))),
      ...{ changedCustomers: [], changedPeriods: [], rejections: [], closings: [], usage: [] },
    });
  }
}
