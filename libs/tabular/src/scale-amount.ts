import { AMOUNT_SCALE, type Amount, formatAmount, parseAmount } from '@pacspace/domain';

const UNIT = 10n ** BigInt(AMOUNT_SCALE);

/** What every amount of a file is multiplied by; undefined: the scale is no decimal that can be one. */
export function readFactor(scale: string | undefined, isNegated: boolean): Amount | undefined {
  const parsed = parseAmount(scale ?? '1');
  if (!parsed.ok || parsed.amount === 0n) return undefined;
  return isNegated ? -parsed.amount : parsed.amount;
}

export const SCALE_RULE = `a decimal other than 0 with at most ${AMOUNT_SCALE} decimals, such as 0.001`;

/** amount × factor, or that the product needs more decimals than an amount keeps. Never rounded. */
export function scaleAmount(amount: Amount, factor: Amount): Amount | { readonly problem: string } {
  if (factor === UNIT) return amount;
  const product = amount * factor;
  if (product % UNIT === 0n) return product / UNIT;
  return { problem: `times ${formatAmount(factor)} has more than ${AMOUNT_SCALE} decimals` };
}
