import { formatPeriod, type Period } from '@pacspace/domain';
import { sha256 } from '@pacspace/node-crypto';
import { CompactRange, equalBytes, fromHex, subtreesOf } from '@pacspace/proof';
import type { StatedSeal } from './stated-seal.js';

/** A node that became complete, and what is to be found stored for it. */
export interface DueNode {
  readonly tree: PeriodTreeAudit;
  readonly level: number;
  readonly index: number;
  readonly hash: Uint8Array;
  /** Of the leaves under it, where they are known: only of the lowest level. */
  readonly firstIndex: number | undefined;
  readonly lastIndex: number;
}

export interface TreeLeaf {
  readonly index: number;
  readonly leaf: number;
  readonly hash: string;
  readonly amount: bigint;
}

/** What is wrong with a tree: with its seals, or with a part of it. */
export interface TreeFault {
  readonly part: 'trees' | 'seals';
  /** Within the customer's period; empty: all of it. */
  readonly unit: string;
  readonly sentence: string;
}

/** Leaves under the lowest stored node. */
const NODE_LEAVES = 256;

/**
 * A customer's period, built again from its entries, leaf by leaf. Whenever it has as many leaves as one of its seals
 * covers, that seal is held against it. What is stored of the tree is held against it by the caller, who knows how to
 * read it: `onNode` tells what should be there, and `nodeDiffers` what was found instead.
 */
export class PeriodTreeAudit {
  readonly range = CompactRange.empty(sha256);
  readonly faults: TreeFault[] = [];
  /** Sum of its entries so far. */
  net = 0n;
  private firstIndex: number | undefined;
  private lastIndex: number | undefined;
  private nodeFirstIndex = 0;
  /** Seals of as many entries as there are, whose opening balance has not been met yet. */
  private unopened: StatedSeal[] = [];
  private next = 0;
  private sealsHold = 0;
  private sealsFail = 0;
  private readonly differing: { readonly first: number; readonly end: number }[] = [];
  private readonly nodeFaults: TreeFault[] = [];

  /**
   * @param seals of the period, by log index: each covers at least as much as the one before.
   * @param openingNow sum of all that counts in earlier periods, as of now.
   */
  constructor(
    readonly period: Period,
    private readonly seals: readonly StatedSeal[],
    private readonly openingNow: () => bigint,
    private readonly onNode: (node: DueNode) => void,
  ) {
    seals.forEach((seal, i) => {
      const before = seals[i - 1];
      if (before !== undefined && (seal.count < before.count || before.final)) {
        const what = before.final ? 'comes after the final seal' : 'covers less than the seal';
        this.addSealFault(seal, `it ${what} at log index ${before.logIndex}`);
      }
    });
  }

  /** Seals that wait for the opening balance that they state. */
  get isWaiting(): boolean {
    return this.unopened.length > 0;
  }

  get hasFinalSeal(): boolean {
    return this.seals.some(({ final }) => final);
  }

  /** Meets the seals of no entries. */
  begin(): void {
    this.meetSeals();
  }

  add(leaf: TreeLeaf): void {
    const { range } = this;
    for (const seal of this.unopened) {
      this.addSealFault(seal, `its opening balance was never that of the ${seal.count} entries it covers`);
    }
    this.unopened = [];
    if (leaf.leaf !== range.size) {
      const sentence = `stands as leaf ${leaf.leaf} of its period, and is leaf ${range.size}`;
      this.faults.push({ part: 'trees', unit: `delta ${leaf.index}`, sentence });
    }
    this.firstIndex ??= leaf.index;
    this.lastIndex = leaf.index;
    if (range.size % NODE_LEAVES === 0) this.nodeFirstIndex = leaf.index;
    this.net += leaf.amount;
    range.append(fromHex(leaf.hash), (level, index, hash) => {
      const firstIndex = level === 8 ? this.nodeFirstIndex : undefined;
      this.onNode({ tree: this, level, index, hash, firstIndex, lastIndex: leaf.index });
    });
    this.meetSeals();
  }

  /** Something came into an earlier period. */
  reopen(): void {
    const opening = this.openingNow();
    this.unopened = this.unopened.filter((seal) => seal.opening !== opening);
  }

  /** The stored node is another one, or not there. */
  nodeDiffers({ level, index, firstIndex, lastIndex }: DueNode, stored: Uint8Array | undefined): void {
    const [first, end] = [index * 2 ** level, (index + 1) * 2 ** level];
    // What is wrong in a subtree is wrong in all above it, too.
    const isBelow = this.differing.some((one) => one.first >= first && one.end <= end);
    if (stored !== undefined && isBelow) return;
    if (stored !== undefined) this.differing.push({ first, end });
    const indexes = firstIndex === undefined ? '' : ` (deltas ${firstIndex} to ${lastIndex})`;
    this.nodeFaults.push({
      part: 'trees',
      unit: `leaves ${first} to ${end - 1}${indexes}`,
      sentence:
        stored === undefined
          ? `the stored node ${level}/${index} is missing`
          : `they do not hash to the stored node ${level}/${index}`,
    });
  }

  /** @param stored the period's row; undefined: there is none. */
  finish(stored: { readonly count: number; readonly frontier: Uint8Array } | undefined): void {
    for (const seal of this.unopened) {
      this.addSealFault(seal, `its opening balance was never that of the ${seal.count} entries it covers`);
    }
    for (; this.next < this.seals.length; this.next += 1) {
      const seal = this.seals[this.next];
      if (seal === undefined) break;
      this.addSealFault(seal, `it covers ${seal.count} entries, and there are ${this.range.size}`);
    }
    for (const seal of this.seals) {
      if (!seal.final || seal.opening === this.openingNow()) continue;
      this.addSealFault(seal, 'it is final, and its opening balance is not the sum of the earlier periods');
    }
    const frontierHolds = this.checkFrontier(stored);
    const agree = frontierHolds && this.sealsFail === 0 && this.sealsHold > 0;
    const conclusion = agree
      ? '; the entries lead to what is sealed, so the stored node is what is wrong'
      : '';
    for (const fault of this.nodeFaults) {
      this.faults.push({ ...fault, sentence: fault.sentence + conclusion });
    }
  }

  /** The smallest subtrees at the tree's right edge, down to a single leaf, are known by the frontier alone. */
  private checkFrontier(
    stored: { readonly count: number; readonly frontier: Uint8Array } | undefined,
  ): boolean {
    const { range } = this;
    // That the row is there and counts rightly is a rule of the ledger.
    if (stored?.count !== range.size) return false;
    if (equalBytes(stored.frontier, range.toBytes())) return true;
    const fault = (unit: string, sentence: string): void =>
      void this.faults.push({ part: 'trees', unit, sentence });
    if (stored.frontier.length !== range.toBytes().length) {
      fault('', `the stored frontier has ${stored.frontier.length} bytes, not those of ${range.size} leaves`);
      return false;
    }
    subtreesOf(0, range.size).forEach(({ level, index }, i) => {
      const hash = range.hashes[i];
      if (hash === undefined || equalBytes(stored.frontier.subarray(32 * i, 32 * i + 32), hash)) return;
      const [first, end] = [index * 2 ** level, (index + 1) * 2 ** level];
      if (this.differing.some((one) => one.first >= first && one.end <= end)) return;
      fault(`leaves ${first} to ${end - 1}`, 'they do not hash to what the stored frontier has for them');
    });
    return false;
  }

  private meetSeals(): void {
    for (; this.next < this.seals.length; this.next += 1) {
      const seal = this.seals[this.next];
      if (seal === undefined || seal.count > this.range.size) return;
      this.checkSeal(seal);
      if (seal.opening !== this.openingNow()) this.unopened.push(seal);
    }
  }

  private checkSeal(seal: StatedSeal): void {
    // One that covers less than the one before it has been found out already.
    if (seal.count !== this.range.size) return;
    const failed = this.sealsFail;
    if (!equalBytes(seal.root, this.range.root())) {
      this.addSealFault(seal, `the ${seal.count} entries it covers do not lead to its root`);
    }
    if (seal.closing - seal.opening !== this.net) {
      this.addSealFault(seal, 'the amounts of the entries it covers are not the difference of its balances');
    }
    if (seal.firstIndex !== this.firstIndex || seal.lastIndex !== this.lastIndex) {
      this.addSealFault(seal, 'the entries it covers do not begin and end at the indexes it states');
    }
    if (this.sealsFail === failed) this.sealsHold += 1;
  }

  private addSealFault({ logNo, logIndex }: StatedSeal, sentence: string): void {
    this.sealsFail += 1;
    this.faults.push({ part: 'seals', unit: `seal ${logIndex} of log ${logNo}`, sentence });
  }

  get name(): string {
    return `period ${formatPeriod(this.period)}`;
  }
}
