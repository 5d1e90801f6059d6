import type { EmitOutcome } from './emit-outcome.js';

/** What this process knows of a key before it asks anybody. */
export type Claim =
  /** Nobody has it in hand here: it is the caller's now, who must settle it. */
  | { readonly kind: 'mine' }
  /**
   * It is the caller's now, and another delta was accepted here under this key. Which of the two is recorded, only the
   * ledger knows: where the other came in through another gateway at the same moment, it may be either.
   */
  | { readonly kind: 'contested' }
  /** The same delta was accepted here under this key. */
  | { readonly kind: 'accepted'; readonly sequence: number }
  /** The same delta is under way here: `join` will be called with its outcome. */
  | { readonly kind: 'joined' }
  /** Another delta with the key is under way here. */
  | { readonly kind: 'conflict' };

interface UnderWay {
  readonly fingerprint: string;
  readonly joined: ((outcome: EmitOutcome) => void)[];
}

interface Accepted {
  readonly fingerprint: string;
  readonly sequence: number;
}

/** Keys in each of the two generations of memory; about 250 bytes a key. */
const GENERATION_SIZE = 50_000;

/**
 * The idempotency keys that this process has in hand: those under way, and those lately accepted, which the ledger
 * may not have yet. It only makes a repeat visible early; that no key counts twice is the projector's doing.
 *
 * Memory of the accepted ones is two generations: when the young one is full it becomes the old one, and what was
 * the old one is forgotten. That is as good here as strict order of use, and costs nothing at a look-up.
 */
export class KeyRegistry {
  private readonly underWay = new Map<string, UnderWay>();
  private young = new Map<string, Accepted>();
  private old = new Map<string, Accepted>();

  claim(recordKey: string, fingerprint: string, join: (outcome: EmitOutcome) => void): Claim {
    const accepted = this.young.get(recordKey) ?? this.old.get(recordKey);
    if (accepted?.fingerprint === fingerprint) return { kind: 'accepted', sequence: accepted.sequence };
    const current = this.underWay.get(recordKey);
    if (current !== undefined) {
      if (current.fingerprint !== fingerprint) return { kind: 'conflict' };
      current.joined.push(join);
      return { kind: 'joined' };
    }
    this.underWay.set(recordKey, { fingerprint, joined: [] });
    return { kind: accepted === undefined ? 'mine' : 'contested' };
  }

  /** True when a delta is under way or was lately accepted here under the key. */
  holds(recordKey: string): boolean {
    return this.underWay.has(recordKey) || this.young.has(recordKey) || this.old.has(recordKey);
  }

  /** Says what became of a key that was claimed as `mine` or `contested`, also to those who joined. */
  settle(recordKey: string, outcome: EmitOutcome): void {
    const claimed = this.underWay.get(recordKey);
    if (claimed === undefined) return;
    this.underWay.delete(recordKey);
    if (outcome.kind !== 'refused') {
      this.remember(recordKey, { fingerprint: claimed.fingerprint, sequence: outcome.sequence });
    }
    const theirs = outcome.kind === 'accepted' ? { ...outcome, kind: 'replayed' as const } : outcome;
    for (const join of claimed.joined) join(theirs);
  }

  private remember(recordKey: string, accepted: Accepted): void {
    if (this.young.size >= GENERATION_SIZE) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(recordKey, accepted);
  }
}
