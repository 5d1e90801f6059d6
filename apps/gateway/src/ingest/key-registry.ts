import type { EmitOutcome } from './emit-outcome.js';
import { KeyTable } from './key-table.js';

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
  /** The same delta is under way here: `join` will tell its outcome. */
  | { readonly kind: 'joined' }
  /** Another delta with the key is under way here. */
  | { readonly kind: 'conflict' };

const MINE: Claim = { kind: 'mine' };
const CONTESTED: Claim = { kind: 'contested' };
const JOINED: Claim = { kind: 'joined' };
const CONFLICT: Claim = { kind: 'conflict' };

type Told = (outcome: EmitOutcome) => void;

/**
 * The idempotency keys that this process has in hand: those under way, and those lately accepted, which the ledger
 * may not have yet. It only makes a repeat visible early; that no key counts twice is the projector's doing.
 */
export class KeyRegistry {
  private readonly table = new KeyTable();
  /** Fingerprints under way with a key under which another was accepted, which stays known meanwhile. */
  private readonly contested = new Map<string, string>();
  /** Who else waits for the outcome of a key that is under way. */
  private readonly joined = new Map<string, Told[]>();

  claim(recordKey: string, fingerprint: string): Claim {
    const { table } = this;
    const place = table.find(recordKey);
    if (place < 0) {
      table.add(recordKey, fingerprint);
      return MINE;
    }
    const isSame = table.isSame(place, fingerprint);
    if (table.isUnderWay(place)) return isSame ? JOINED : CONFLICT;
    return isSame
      ? { kind: 'accepted', sequence: table.sequenceAt(place) }
      : this.contest(recordKey, fingerprint);
  }

  private contest(recordKey: string, fingerprint: string): Claim {
    const current = this.contested.get(recordKey);
    if (current !== undefined) return current === fingerprint ? JOINED : CONFLICT;
    this.contested.set(recordKey, fingerprint);
    return CONTESTED;
  }

  /** To be called by whoever was told `joined`, at once. */
  join(recordKey: string, tell: Told): void {
    const others = this.joined.get(recordKey);
    if (others === undefined) this.joined.set(recordKey, [tell]);
    else others.push(tell);
  }

  /** True when a delta is under way or was lately accepted here under the key. */
  holds(recordKey: string): boolean {
    return this.table.find(recordKey) >= 0;
  }

  /** Says what became of a key that was claimed as `mine` or `contested`, also to those who joined. */
  settle(recordKey: string, outcome: EmitOutcome): void {
    this.note(recordKey, outcome);
    const { joined } = this;
    const others = joined.size === 0 ? undefined : joined.get(recordKey);
    if (others === undefined) return;
    joined.delete(recordKey);
    const theirs = outcome.kind === 'accepted' ? { ...outcome, kind: 'replayed' as const } : outcome;
    for (const tell of others) tell(theirs);
  }

  private note(recordKey: string, outcome: EmitOutcome): void {
    const { table, contested } = this;
    const place = table.find(recordKey);
    const rival = contested.size === 0 ? undefined : contested.get(recordKey);
    if (rival !== undefined) {
      contested.delete(recordKey);
      if (outcome.kind === 'refused' || place < 0) return;
      table.beginAt(place, rival);
    }
    if (place < 0 || !table.isUnderWay(place)) return;
    if (outcome.kind === 'refused') table.drop(place);
    else table.accept(place, outcome.sequence);
  }
}
