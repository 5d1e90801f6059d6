import { z } from 'zod';

/** Members that many answers have, each with the one meaning that it has everywhere. */

/** An exact decimal as text. */
export const decimal = () =>
  z
    .string()
    .regex(/^-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?$/)
    .meta({ description: 'Exact decimal.' });

/** An amount as the contract has it: a JSON number, and beside it the exact decimal. */
export function amountMembers<const Name extends string>(
  name: Name,
  description: string,
): Record<Name, z.ZodNumber> & Record<`${Name}Exact`, z.ZodString> {
  return {
    [name]: z.number().meta({ description }),
    [`${name}Exact`]: decimal().meta({ description: `${description} As an exact decimal.` }),
  } as Record<Name, z.ZodNumber> & Record<`${Name}Exact`, z.ZodString>;
}

export const count = (description: string) => z.int().min(0).meta({ description });

/** Where a page stands in its list, and how long that is. */
export const pagination = (total: string) => z.object({ total: count(total), ...page() });

/** Of a list that may be too long to be counted. */
export const boundedPagination = (total: string) =>
  pagination(total).extend({
    totalIsAtLeast: z.literal(true).meta({ description: 'There are more; they are not counted.' }).optional(),
  });

/** Of a list that nobody counts. */
export const uncountedPagination = () => z.object({ ...page(), hasMore: z.boolean() });

const page = () => ({ limit: count('On a page.'), offset: count('Before it.') });

/** RFC 3339 in UTC, milliseconds. */
export const time = (description: string) => z.string().meta({ description, format: 'date-time' });

export const period = () =>
  z
    .string()
    .regex(/^\d{4}-\d{2}$/)
    .meta({ description: 'A calendar month in UTC, YYYY-MM.' });

const hex = (prefix: string, digits: number, description: string) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}[0-9a-f]{${String(digits)}}$`))
    .meta({ description });

export const recordId = () => hex('rec_', 32, 'The delta’s record.');
export const receiptId = () => hex('rcp_', 32, 'The delta’s receipt.');
export const checkpointId = () =>
  z
    .string()
    .regex(/^chk_[0-9a-f]{8}(r[0-9a-f]{15}|[0-9a-f]{16})$/)
    .meta({ description: 'The checkpoint.' });
export const hash = (description: string) => hex('', 64, description);

export const customerId = () =>
  z
    .string()
    .regex(/^[A-Za-z0-9_\-.:]{1,128}$/)
    .meta({ description: 'The provider’s own id of the customer.' });
