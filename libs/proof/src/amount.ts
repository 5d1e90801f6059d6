import { ProofError } from './errors.js';

const SCALE = 12;
const CANONICAL = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]{0,11}[1-9]))?$/;

/** True for the one text that an amount has: no exponent, no needless zeros, never "-0", at most 12 decimals. */
export function isAmount(value: unknown): value is string {
  return typeof value === 'string' && value !== '-0' && CANONICAL.test(value);
}

/**
 * An amount in units of 10^-12, so that sums are exact.
 * @throws ProofError `malformed` unless it is in canonical form.
 */
export function amountUnits(text: string): bigint {
  const match = isAmount(text) ? CANONICAL.exec(text) : null;
  if (match === null) throw new ProofError('malformed', `not a canonical amount: ${JSON.stringify(text)}`);
  const [, sign, whole = '', fraction = ''] = match;
  const units = BigInt(whole + fraction.padEnd(SCALE, '0'));
  return sign === '-' ? -units : units;
}
