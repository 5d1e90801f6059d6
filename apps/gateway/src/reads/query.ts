import { isCustomerId, parsePeriod, parseTimeOrDate, type Period } from '@pacspace/domain';
import { invalidFields as invalid, parseFields as parseQuery } from '@pacspace/http';
import { z } from 'zod';

/** Of a query, every parameter that is not valid is named; unknown ones are ignored. */
export { invalid, parseQuery };

/**
 * A query parameter: its text goes through `parse`, which returns undefined for what it is not. Absent and empty mean
 * the same, since clients send `period=` for "none"; given twice it is refused, since nobody knows which one counts.
 *
 * @param expected read after "must be".
 * @param documented what the OpenAPI document says of the text.
 */
export function param<T>(
  expected: string,
  parse: (text: string) => T | undefined,
  documented: ParamSchema = { type: 'string' },
) {
  return z
    .string({ error: 'must be given once' })
    .transform((text, context): T | undefined => {
      if (text === '') return undefined;
      const value = parse(text);
      if (value !== undefined) return value;
      context.addIssue({ code: 'custom', message: `must be ${expected}` });
      return z.NEVER;
    })
    .optional()
    .meta({ description: `${expected.charAt(0).toUpperCase()}${expected.slice(1)}.`, override: documented });
}

/** A JSON Schema of a parameter's text; where it says integer, of the number that the text stands for. */
export interface ParamSchema {
  readonly type: 'string' | 'integer';
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
}

export const integerParam = (min: number, max: number) =>
  param(
    `a whole number from ${min} to ${max.toLocaleString('en')}`,
    (text) => {
      const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
      return value >= min && value <= max ? value : undefined;
    },
    { type: 'integer', minimum: min, maximum: max },
  );

export const customerParam = () => param('a customer id', (text) => (isCustomerId(text) ? text : undefined));

/** Of a list, the latest first. */
export const LIST_PAGE = { default: 50, most: 500, offset: 1_000_000 };
export const pageParams = () => ({
  limit: integerParam(1, LIST_PAGE.most),
  offset: integerParam(0, LIST_PAGE.offset),
});

export const periodParam = () =>
  param('a month, such as 2026-11', (text): Period | undefined => parsePeriod(text), {
    type: 'string',
    pattern: '^\\d{4}-\\d{2}$',
  });

/** A "+" of a zone that was not escaped arrives as a space. */
export const timeParam = () =>
  param('an ISO 8601 date, or a time with its zone, such as 2026-11-24T03:19:53Z', (text) =>
    parseTimeOrDate(text.replace(/ (\d{2}:\d{2})$/, '+$1')),
  );

export const choiceParam = <const T extends string>(...words: readonly T[]) =>
  param(`one of ${words.join(', ')}`, (text) => words.find((word) => word === text), {
    type: 'string',
    enum: [...words],
  });

/** Text that the data base can be asked for. */
export const textParam = (maxLength: number) =>
  param(
    `1 to ${maxLength} characters without NUL`,
    (text) => (text.length <= maxLength && !text.includes('\0') && text.isWellFormed() ? text : undefined),
    { type: 'string', maxLength },
  );

export const consistencyParam = () =>
  choiceParam('strong', 'eventual').meta({
    description:
      'strong (default): the answer has all that was acknowledged before; eventual: it does not wait.',
  });

/** @throws ApiError VALIDATION_FAILED */
export function parseCustomerId(text: string): string {
  if (isCustomerId(text)) return text;
  throw invalid([
    { path: 'customerId', message: 'must be 1 to 128 characters of letters, digits, and _ - . :' },
  ]);
}
