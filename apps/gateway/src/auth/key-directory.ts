import { hash, timingSafeEqual } from 'node:crypto';
import { type ApiKeyRow, type ApiKeyText, hashSecret, parseApiKey } from '@pacspace/ledger';
import { GroupedLookup } from '@pacspace/reads';
import { type Attempt, CircuitBreaker } from '@pacspace/service';
import { ApiError, planOf, type Plans } from '@pacspace/wire';
import { BoundedMap } from './bounded-map.js';
import type { Principal } from './principal.js';

export interface KeyDirectoryOptions {
  /** Reads keys by their public ids. */
  readonly load: (publicIds: readonly string[]) => Promise<readonly ApiKeyRow[]>;
  readonly pepper: string;
  readonly plans: Plans;
  /** Wall clock, ms. */
  readonly now?: () => number;
}

/** Up to this age a key is used as it was read. */
const FRESH_MS = 500;
/** Up to this age it is used, and read again meanwhile; past it, it is read first. So a revoked key stops within this time. */
const MAX_AGE_MS = 1_000;
/** How long a key that was good goes on while the data base is away. */
const OUTAGE_MS = 15 * 60_000;
const LOAD_TIMEOUT_MS = 1_000;
const MAX_KNOWN = 20_000;
const MAX_UNKNOWN = 20_000;

/** A question for a key, and what was known of changes when it was asked. */
interface Asked {
  readonly publicId: string;
  readonly at: number;
  readonly changes: number;
}

/** A key as it was last read. */
interface HeldKey {
  readonly row: ApiKeyRow;
  readonly principal: Principal;
  /** When it was asked for: what was changed later it does not show. */
  readonly readAt: number;
  /** Somebody said that it was changed since: it must be read before it is used. */
  isStale: boolean;
  /** Wall clock, ms; undefined: not since that was last asked for. */
  usedAt: number | undefined;
  /** SHA-256 of the full key text that was found right: a warm check is one hash and a comparison of hashes. */
  provenDigest: string | undefined;
}

/**
 * Who a key belongs to. Known keys are answered from memory (2 µs, no round trip) and read again in the background;
 * while the data base is away they go on for a quarter of an hour, and unknown ones get 503, as do those that are said
 * to have changed.
 *
 * No secret stays in memory: neither a presented one nor a stored one, only their hashes.
 */
export class KeyDirectory {
  private readonly known = new BoundedMap<HeldKey>(MAX_KNOWN);
  /** Public ids that no key has, with the time at which that was read. */
  private readonly unknown = new BoundedMap<number>(MAX_UNKNOWN);
  private readonly lookup: GroupedLookup<ApiKeyRow>;
  private readonly breaker = new CircuitBreaker({
    name: 'the key table',
    failureLimit: 1,
    timeoutMs: LOAD_TIMEOUT_MS,
    openMs: 500,
    maxOpenMs: 2_000,
  });
  private readonly reading = new Map<string, Promise<boolean>>();
  /** Changes that were told of so far: what was asked for before the last of them may not show it. */
  private changes = 0;
  private readonly pepper: string;
  private readonly plans: Plans;
  private readonly now: () => number;

  constructor({ load, pepper, plans, now = Date.now }: KeyDirectoryOptions) {
    this.pepper = pepper;
    this.plans = plans;
    this.now = now;
    this.lookup = new GroupedLookup({
      maxKeys: 1_000,
      ask: async (publicIds) => new Map((await load(publicIds)).map((row) => [row.publicId, row])),
    });
  }

  /**
   * The caller who presents this text, at once when the key was read within the last second.
   *
   * @throws ApiError INVALID_API_KEY | UNAVAILABLE, thrown or as a rejection.
   */
  authenticate(text: string | undefined): Principal | Promise<Principal> {
    const key = text === undefined ? undefined : parseApiKey(text);
    if (text === undefined || key === undefined) throw invalidKey();
    const held = this.known.get(key.publicId);
    const ageMs = held === undefined || held.isStale ? Infinity : this.now() - held.readAt;
    if (held === undefined || ageMs >= MAX_AGE_MS) return this.readThenCheck(key, text);
    if (ageMs >= FRESH_MS) void this.read(key.publicId);
    return this.check(held, key, text);
  }

  /** Keys were changed: nothing of what is known of them is used before it is read again. Without ids: of all keys. */
  forget(publicIds?: readonly string[]): void {
    this.changes += 1;
    // A look-up that is under way may have been answered before the change.
    this.reading.clear();
    this.unknown.clear();
    const known = publicIds?.map((publicId) => this.known.get(publicId)) ?? this.known.values();
    for (const held of known) if (held !== undefined) held.isStale = true;
  }

  /** Keys used since the last call, with the time of their latest use. */
  takeUsed(): ReadonlyMap<string, number> {
    const used = new Map<string, number>();
    for (const held of this.known.values()) {
      if (held.usedAt !== undefined) used.set(held.row.keyId, held.usedAt);
      held.usedAt = undefined;
    }
    return used;
  }

  private async readThenCheck(key: ApiKeyText, text: string): Promise<Principal> {
    const readAt = this.unknown.get(key.publicId);
    if (readAt !== undefined && this.now() - readAt < MAX_AGE_MS) throw invalidKey();
    let answered = await this.read(key.publicId);
    let held = this.known.get(key.publicId);
    // Changed while it was read: once more.
    if (answered && held?.isStale === true) {
      answered = await this.read(key.publicId);
      held = this.known.get(key.publicId);
    }
    if (answered && held === undefined) throw invalidKey();
    if (held === undefined || held.isStale || this.now() - held.readAt >= OUTAGE_MS) {
      throw new ApiError('UNAVAILABLE', 'API keys cannot be checked now', { retryAfterSeconds: 1 });
    }
    return this.check(held, key, text);
  }

  /** Whether the data base answered; one look-up a key at a time. */
  private read(publicId: string): Promise<boolean> {
    let reading = this.reading.get(publicId);
    if (reading === undefined) {
      const asked: Asked = { publicId, at: this.now(), changes: this.changes };
      reading = this.breaker
        .attempt(() => this.lookup.find([publicId]))
        .then((attempt) => this.take(asked, attempt))
        .finally(() => {
          if (this.reading.get(publicId) === reading) this.reading.delete(publicId);
        });
      this.reading.set(publicId, reading);
    }
    return reading;
  }

  private take({ publicId, at, changes }: Asked, attempt: Attempt<ReadonlyMap<string, ApiKeyRow>>): boolean {
    if (!attempt.ok) return false;
    const row = attempt.value.get(publicId);
    if (row === undefined) {
      this.known.delete(publicId);
      if (changes === this.changes) this.unknown.set(publicId, at);
      return true;
    }
    const before = this.known.get(publicId);
    const sameSecret = before?.row.secretHash.equals(row.secretHash) === true;
    this.unknown.delete(publicId);
    this.known.set(publicId, {
      row,
      principal: toPrincipal(row, this.plans),
      readAt: at,
      isStale: changes !== this.changes,
      usedAt: before?.usedAt,
      provenDigest: sameSecret ? before.provenDigest : undefined,
    });
    return true;
  }

  private check(held: HeldKey, key: ApiKeyText, text: string): Principal {
    const { row } = held;
    const digest = hash('sha256', text);
    if (held.provenDigest !== digest) {
      if (!timingSafeEqual(hashSecret(this.pepper, key.secret), row.secretHash)) throw invalidKey();
      held.provenDigest = digest;
    }
    const now = this.now();
    const expired = row.expiresAtMs !== undefined && row.expiresAtMs <= now;
    if (!row.active || expired || row.kind !== key.kind) throw invalidKey();
    if (row.environmentState !== 'active') {
      throw new ApiError('ENVIRONMENT_NOT_READY', `the ${row.kind} environment is ${row.environmentState}`);
    }
    held.usedAt = now;
    return held.principal;
  }
}

/** One text for every reason: a refusal must not tell which part of a guess was right. */
function invalidKey(): ApiError {
  return new ApiError('INVALID_API_KEY', 'send a valid API key in the X-Api-Key header');
}

function toPrincipal(row: ApiKeyRow, plans: Plans): Principal {
  const { tenantId, plan, environmentId, kind, saltKey, keyId } = row;
  const { deltas, rate } = planOf(plans, plan);
  const scopes = new Set(row.scopes);
  return { tenantId, plan, allowed: deltas[kind], rate, environmentId, kind, saltKey, keyId, scopes };
}
