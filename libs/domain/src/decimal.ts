/**
 * Exact decimal money. An amount is a bigint counting units of 10^-12, so that sums are integer sums: exact
 * at any size, in any order. No binary float takes part in an addition anywhere (docs/ARCHITECTURE.md, "Money").
 */
export type Amount = bigint;

/** Decimals kept. Twelve hold a price per token of a millionth of a cent with room to spare. */
export const AMOUNT_SCALE = 12;

const UNIT = 10n ** BigInt(AMOUNT_SCALE);

/** Largest absolute value of one delta, in whole units (inclusive). Balances have no limit. */
export const MAX_DELTA_UNITS = 1_000_000_000;
const MAX_DELTA: Amount = BigInt(MAX_DELTA_UNITS) * UNIT;

export type AmountProblem =
  'not-a-decimal' | 'not-finite' | 'too-many-decimals' | 'inexact-number' | 'too-long';

export type ParsedAmount =
  { readonly ok: true; readonly amount: Amount } | { readonly ok: false; readonly problem: AmountProblem };

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/;

/** Longest decimal text taken; a balance of 10^15 maximal deltas needs 38 characters. */
const MAX_TEXT_LENGTH = 64;

/**
 * Reads a decimal: text such as "-12.5" or "1e-7", or a JSON number.
 *
 * A JSON number arrives as a double. Its shortest decimal form is what its writer meant as long as the literal
 * had at most 15 significant digits; literals with more are checked against their source text where the body is
 * parsed (`parseJsonExactly`). Integers past 2^53 are refused: the double may already be another number.
 */
export function parseAmount(input: string | number): ParsedAmount {
  if (typeof input === 'number') return parseNumber(input);
  if (input.length > MAX_TEXT_LENGTH) return { ok: false, problem: 'too-long' };
  const match = DECIMAL.exec(input);
  if (match === null) return { ok: false, problem: 'not-a-decimal' };
  const fraction = match[3] ?? '';
  const exponent = match[4] === undefined ? 0 : Number(match[4]);
  return scaleDigits(match[1] === '-', (match[2] ?? '') + fraction, exponent - fraction.length);
}

function parseNumber(input: number): ParsedAmount {
  if (Number.isSafeInteger(input)) return { ok: true, amount: BigInt(input) * UNIT };
  if (!Number.isFinite(input)) return { ok: false, problem: 'not-finite' };
  if (Number.isInteger(input)) return { ok: false, problem: 'inexact-number' };
  return parseAmount(String(input));
}

/** digits × 10^exponent at the fixed scale, refused when a non-zero digit would fall off. */
function scaleDigits(negative: boolean, digits: string, exponent: number): ParsedAmount {
  const shift = exponent + AMOUNT_SCALE;
  let kept = digits;
  if (shift < 0) {
    const cut = digits.length + shift;
    if (/[1-9]/.test(cut > 0 ? digits.slice(cut) : digits))
      return { ok: false, problem: 'too-many-decimals' };
    kept = cut > 0 ? digits.slice(0, cut) : '0';
  } else if (shift > MAX_TEXT_LENGTH) {
    if (/[1-9]/.test(digits)) return { ok: false, problem: 'too-long' };
    kept = '0';
  } else {
    kept += '0'.repeat(shift);
  }
  const value = BigInt(kept);
  return { ok: true, amount: negative ? -value : value };
}

/** True when the amount may be one delta: not zero, and within ±1,000,000,000. */
export function isDeltaInRange(amount: Amount): boolean {
  return amount !== 0n && amount <= MAX_DELTA && amount >= -MAX_DELTA;
}

/**
 * The one canonical text of an amount: no exponent, no leading or trailing zeros, never "-0".
 * Everything hashed, signed or stored uses this form.
 */
export function formatAmount(amount: Amount): string {
  const negative = amount < 0n;
  const magnitude = negative ? -amount : amount;
  const whole = magnitude / UNIT;
  const rest = magnitude - whole * UNIT;
  const sign = negative ? '-' : '';
  if (rest === 0n) return sign + whole.toString();
  return `${sign}${whole.toString()}.${trimZeros(rest.toString().padStart(AMOUNT_SCALE, '0'))}`;
}

function trimZeros(fraction: string): string {
  let end = fraction.length;
  while (fraction.charCodeAt(end - 1) === 48) end -= 1;
  return fraction.slice(0, end);
}

/** The nearest double, for the JSON number that stands beside the exact text. Never added to anything. */
export function amountToNumber(amount: Amount): number {
  if (amount % UNIT === 0n) return Number(amount / UNIT);
  // Number(text) rounds once; Number(amount) / 1e12 would round twice.
  return Number(formatAmount(amount));
}

const SHORTEST = /^(?:0|-?[1-9]\d*|-?(?:0|[1-9]\d*)\.\d{0,11}[1-9])$/;

/**
 * The canonical text of an amount whose text we wrote ourselves: as a rule it is that already. For what is only shown.
 *
 * @throws RangeError on anything else.
 */
export function canonicalAmount(text: string): string {
  return SHORTEST.test(text) ? text : formatAmount(amountFromCanonical(text));
}

const CANONICAL = /^-?(?:0|[1-9]\d*)(?:\.(\d{1,12}))?$/;

/**
 * Reads an amount's text that we wrote ourselves (ledger, envelope), of any length: balances have no limit.
 * Trailing zeros are taken, since a SQL sum keeps the scale of its terms.
 *
 * @throws RangeError on anything else.
 */
export function amountFromCanonical(text: string): Amount {
  const match = CANONICAL.exec(text);
  if (match === null) throw new RangeError(`not a canonical amount: ${JSON.stringify(text.slice(0, 80))}`);
  const fraction = match[1];
  // Short integers are the common case by far; a double holds them exactly.
  if (fraction === undefined) return BigInt(text.length <= 15 ? Number(text) : text) * UNIT;
  const whole = text.slice(0, -fraction.length - 1);
  return BigInt(whole + fraction.padEnd(AMOUNT_SCALE, '0'));
}
