import { AMOUNT_SCALE, type Amount, type FieldProblem, isJsonObject, parseAmount } from '@pacspace/domain';

/** What counts as the same record on both sides. */
export interface MatchRules {
  /** "opposite": the statement counts with the other sign, a credit where the ledger has a debit. */
  readonly sign: 'same' | 'opposite';
  /** Amounts that differ by no more than either are taken as equal. Per cent are of the amount here. */
  readonly tolerance: { readonly absolute: Amount; readonly percent: Amount };
  /** Records without a common reference belong together when their times lie at most this far apart, ms. */
  readonly timeWindowMs: number;
  /** Likewise for a counterpart in the other period; 0: only a common reference finds it. */
  readonly timingWindowMs: number;
  /** Their reason → ours; one not named stands for itself. Reasons are compared where both sides have one. */
  readonly reasonMap: Readonly<Record<string, string>>;
  /** Whether one record may stand for several of the other side. */
  readonly groups: boolean;
}

/** A second covers clocks that one side cuts off to whole seconds, and little else. */
export const DEFAULT_RULES: MatchRules = {
  sign: 'same',
  tolerance: { absolute: 0n, percent: 0n },
  timeWindowMs: 1_000,
  timingWindowMs: 0,
  reasonMap: {},
  groups: true,
};

const MOST_WINDOW_SECONDS = 31 * 86_400;
const MOST_REASONS = 1_000;
const KNOWN = ['sign', 'tolerance', 'timeWindowSeconds', 'timingWindowSeconds', 'reasonMap', 'groups'];

export type ParsedRules =
  | { readonly ok: true; readonly rules: MatchRules }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] };

/** Reads the `rules` of a request; what is left out is as in DEFAULT_RULES. Every problem is reported. */
export function parseRules(input: unknown): ParsedRules {
  if (input === undefined) return { ok: true, rules: DEFAULT_RULES };
  if (!isJsonObject(input)) return { ok: false, problems: [{ path: 'rules', message: 'must be an object' }] };
  const problems: FieldProblem[] = [];
  const refuse = (path: string, message: string): undefined => {
    problems.push({ path: `rules.${path}`, message });
    return undefined;
  };
  for (const name of Object.keys(input)
    .filter((key) => !KNOWN.includes(key))
    .slice(0, 8))
    refuse(name.slice(0, 64).toWellFormed(), `is not a rule; known are ${KNOWN.join(', ')}`);

  const { sign = 'same', groups = true } = input;
  if (sign !== 'same' && sign !== 'opposite') refuse('sign', 'must be "same" or "opposite"');
  if (typeof groups !== 'boolean') refuse('groups', 'must be true or false');
  const rules: MatchRules = {
    sign: sign === 'opposite' ? 'opposite' : 'same',
    tolerance: readTolerance(input['tolerance'], refuse),
    timeWindowMs:
      readWindow(input['timeWindowSeconds'], 'timeWindowSeconds', refuse) ?? DEFAULT_RULES.timeWindowMs,
    timingWindowMs:
      readWindow(input['timingWindowSeconds'], 'timingWindowSeconds', refuse) ?? DEFAULT_RULES.timingWindowMs,
    reasonMap: readReasons(input['reasonMap'], refuse),
    groups: groups !== false,
  };
  return problems.length > 0 ? { ok: false, problems } : { ok: true, rules };
}

type Refuse = (path: string, message: string) => undefined;

function readTolerance(input: unknown, refuse: Refuse): MatchRules['tolerance'] {
  if (input === undefined) return DEFAULT_RULES.tolerance;
  if (!isJsonObject(input)) {
    refuse('tolerance', 'must be an object with absolute, percent, or both');
    return DEFAULT_RULES.tolerance;
  }
  const read = (name: 'absolute' | 'percent'): Amount => {
    const value = input[name] ?? '0';
    const parsed = typeof value === 'string' || typeof value === 'number' ? parseAmount(value) : undefined;
    if (parsed?.ok === true && parsed.amount >= 0n) return parsed.amount;
    refuse(
      `tolerance.${name}`,
      `must be a decimal that is not negative, with at most ${AMOUNT_SCALE} decimals`,
    );
    return 0n;
  };
  for (const name of Object.keys(input)
    .filter((key) => key !== 'absolute' && key !== 'percent')
    .slice(0, 8))
    refuse(`tolerance.${name.slice(0, 64).toWellFormed()}`, 'is not known; known are absolute and percent');
  return { absolute: read('absolute'), percent: read('percent') };
}

function readWindow(input: unknown, name: string, refuse: Refuse): number | undefined {
  if (input === undefined) return undefined;
  if (typeof input === 'number' && input >= 0 && input <= MOST_WINDOW_SECONDS)
    return Math.round(input * 1_000);
  return refuse(name, `must be a number of seconds from 0 to ${MOST_WINDOW_SECONDS}`);
}

function readReasons(input: unknown, refuse: Refuse): Readonly<Record<string, string>> {
  if (input === undefined) return {};
  const entries = isJsonObject(input) ? Object.entries(input) : undefined;
  if (
    entries === undefined ||
    entries.length > MOST_REASONS ||
    entries.some(([, ours]) => typeof ours !== 'string')
  ) {
    refuse('reasonMap', `must be an object of their reason: our reason, at most ${MOST_REASONS}`);
    return {};
  }
  // Without a prototype: a reason may be called __proto__.
  return Object.assign(Object.create(null), Object.fromEntries(entries)) as Record<string, string>;
}

/** True when the two amounts are to be taken as equal. */
export function isWithinTolerance(here: Amount, there: Amount, { tolerance }: MatchRules): boolean {
  if (here === there) return true;
  const apart = magnitude(here - there);
  return (
    apart <= tolerance.absolute ||
    (tolerance.percent > 0n && apart * PER_CENT <= tolerance.percent * magnitude(here))
  );
}

const PER_CENT = 100n * 10n ** BigInt(AMOUNT_SCALE);

export function magnitude(amount: Amount): Amount {
  return amount < 0n ? -amount : amount;
}
