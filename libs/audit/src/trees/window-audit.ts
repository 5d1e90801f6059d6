import { sha256 } from '@pacspace/node-crypto';
import { CompactRange, equalBytes, fromHex } from '@pacspace/proof';
import type { StatedSeal } from './stated-seal.js';

export interface TimedLeaf {
  readonly index: number;
  readonly atMs: number;
  readonly amount: bigint;
  readonly hash: string;
}

/** The entries of a sealed window, selected and hashed again. */
export class WindowAudit {
  private readonly range = CompactRange.empty(sha256);
  private opening = 0n;
  private net = 0n;
  private firstIndex: number | undefined;
  private lastIndex: number | undefined;

  constructor(
    readonly seal: StatedSeal,
    private readonly window: Extract<StatedSeal['scope'], { kind: 'window' }>,
  ) {}

  add({ index, atMs, amount, hash }: TimedLeaf): void {
    const { asOf, fromMs, toMs } = this.window;
    if (index >= asOf || atMs >= toMs) return;
    if (atMs < fromMs) {
      this.opening += amount;
      return;
    }
    this.net += amount;
    this.firstIndex ??= index;
    this.lastIndex = index;
    this.range.append(fromHex(hash));
  }

  /** @returns what is wrong with the seal; undefined: nothing. */
  finish(): string | undefined {
    const { seal, range } = this;
    if (seal.count !== range.size) return `it covers ${seal.count} entries, and its window has ${range.size}`;
    if (!equalBytes(seal.root, range.root())) return 'the entries in its window do not lead to its root';
    const isSum = seal.opening === this.opening && seal.closing === this.opening + this.net;
    if (!isSum) return 'its balances are not those of the entries before and in its window';
    const isPlace = seal.firstIndex === this.firstIndex && seal.lastIndex === this.lastIndex;
    return isPlace ? undefined : 'the entries in its window do not begin and end at the indexes it states';
  }
}
