import { type Amount, amountToNumber, formatAmount } from '@pacspace/domain';

export type AmountFields<Name extends string> = Readonly<
  Record<Name, number> & Record<`${Name}Exact`, string>
>;

/** An amount as the contract has it: a JSON number, and beside it the exact decimal as text. */
export function amountFields<const Name extends string>(name: Name, amount: Amount): AmountFields<Name> {
  return { [name]: amountToNumber(amount), [`${name}Exact`]: formatAmount(amount) } as AmountFields<Name>;
}

/** The same two members as JSON text, written from the amount's canonical text. */
export function writeAmount(name: string, text: string): string {
  return `"${name}":${writeNumber(text)},"${name}Exact":"${text}"`;
}

/** Up to 15 characters a canonical decimal is its own JSON number: a double holds it, and prints it the same. */
function writeNumber(text: string): string {
  return text.length <= 15 ? text : String(Number(text));
}
