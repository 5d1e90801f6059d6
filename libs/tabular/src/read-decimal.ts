import { AMOUNT_SCALE, type Amount, type AmountProblem, parseAmount } from '@pacspace/domain';

export const DECIMAL_MARKS = ['.', ','] as const;
export type DecimalMark = (typeof DECIMAL_MARKS)[number];

/** Between thousands: the other mark, blanks (also those that do not break a line), or the Swiss apostrophe. */
const BLANKS = " \\u00a0\\u202f\\u2009'’";
const GROUPED: Readonly<Record<DecimalMark, RegExp>> = {
  '.': new RegExp(
    `^[1-9]\\d{0,2}(?:,\\d{3})+(?:\\.\\d+)?$|^[1-9]\\d{0,2}(?:[${BLANKS}]\\d{3})+(?:\\.\\d+)?$`,
  ),
  ',': new RegExp(`^[1-9]\\d{0,2}(?:\\.\\d{3})+(?:,\\d+)?$|^[1-9]\\d{0,2}(?:[${BLANKS}]\\d{3})+(?:,\\d+)?$`),
};
const PLAIN: Readonly<Record<DecimalMark, RegExp>> = {
  '.': /^\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/,
  ',': /^\d+(?:,\d+)?(?:[eE][+-]?\d+)?$/,
};

const PROBLEMS: Readonly<Record<AmountProblem, string>> = {
  'not-a-decimal': 'is not a decimal',
  'not-finite': 'is not a finite number',
  'too-many-decimals': `cannot be kept exactly: more than ${AMOUNT_SCALE} decimals`,
  'inexact-number': 'cannot be kept exactly as a JSON number: write it as a text',
  'too-long': 'is too long for an amount',
};

/** The digits with a point before the decimals and nothing between thousands; undefined: no decimal of this mark. */
function normalise(text: string, mark: DecimalMark): string | undefined {
  const sign = /^[+\-\u2212]/.exec(text)?.[0] ?? '';
  const digits = text.slice(sign.length);
  if (!PLAIN[mark].test(digits) && !GROUPED[mark].test(digits)) return undefined;
  const other = mark === '.' ? /[^\d.eE+-]/g : /[^\d,eE+-]/g;
  return `${sign === '' || sign === '+' ? '' : '-'}${digits.replaceAll(other, '').replace(',', '.')}`;
}

/** Reads a decimal with its mark, and thousands set apart or not. Never rounded. */
export function readDecimal(text: string, mark: DecimalMark): Amount | { readonly problem: string } {
  const normal = normalise(text, mark);
  if (normal === undefined) {
    const example = mark === '.' ? '-1234.50 or -1,234.50' : '-1234,50 or -1.234,50';
    return { problem: `is not a decimal such as ${example}` };
  }
  const parsed = parseAmount(normal);
  return parsed.ok ? parsed.amount : { problem: PROBLEMS[parsed.problem] };
}

export function describeAmountProblem(problem: AmountProblem): string {
  return PROBLEMS[problem];
}
