import { type Amount, type AmountProblem, AMOUNT_SCALE, formatAmount, parseAmount } from '@pacspace/domain';

const UNIT = 10n ** BigInt(AMOUNT_SCALE);

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
  if (!parsed.ok) return { problem: PROBLEMS[parsed.problem] };
  const product = scaleAmount(parsed.amount, factor);
  return product ?? { problem: `times ${formatAmount(factor)} has more than ${AMOUNT_SCALE} decimals` };
}

/** amount × factor, or undefined when the product needs more decimals than an amount keeps. */
export function scaleAmount(amount: Amount, factor: Amount): Amount | undefined {
  if (factor === UNIT) return amount;
  const product = amount * factor;
  return product % UNIT === 0n ? product / UNIT : undefined;
}
