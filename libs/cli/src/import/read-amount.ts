import { type Amount, type AmountProblem, AMOUNT_SCALE, parseAmount } from '@pacspace/domain';
import { scaleAmount } from '@pacspace/tabular';

const PROBLEMS: Readonly<Record<AmountProblem, string>> = {
  'not-a-decimal': 'is not a decimal such as -12.50 (a point before the decimals, nothing between thousands)',
  'not-finite': 'is not a finite number',
  'too-many-decimals': `cannot be kept exactly: more than ${AMOUNT_SCALE} decimals`,
  'inexact-number': 'cannot be kept exactly',
  'too-long': 'is too long for an amount',
};

/** A cell's amount times the factor, or what is wrong with it. Never rounded. */
export function readAmount(text: string, factor: Amount): Amount | { readonly problem: string } {
  const parsed = parseAmount(text);
  return parsed.ok ? scaleAmount(parsed.amount, factor) : { problem: PROBLEMS[parsed.problem] };
}
