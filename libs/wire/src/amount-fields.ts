import { type Amount, amountToNumber, formatAmount } from '@pacspace/domain';

export type AmountFields<Name extends string> = Readonly<
  Record<Name, number> & Record<`${Name}Exact`, string>
>;

/** An amount as the contract has it: a JSON number, and beside it the exact decimal as text. */
export function amountFields<const Name extends string>(name: Name, amount: Amount): AmountFields<Name> {
  return { [name]: amountToNumber(amount), [`${name}Exact`]: formatAmount(amount) } as AmountFields<Name>;
}
