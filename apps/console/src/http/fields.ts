import { z } from 'zod';

/** Letters of any script and what belongs between them; no control character, so that none reaches a header or a log line. */
const LINE = /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}]+$/u;

/** One line of text for people: a name, an organisation. */
export const lineField = (maxLength: number) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(maxLength, `must have at most ${maxLength} characters`)
    .regex(LINE, 'must be one line without control characters');

/** Text that may have several lines. */
export const textField = (maxLength: number) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(maxLength, `must have at most ${maxLength} characters`)
    .refine(
      (text) => text.isWellFormed() && !/[^\P{Cc}\n\r\t]/u.test(text),
      'must hold no control characters',
    );

/** An address of the common form, in lower case: the same mailbox is one account however it is typed. */
export const emailField = () =>
  z
    .string()
    .trim()
    .max(254, 'must have at most 254 characters')
    .pipe(z.email({ error: 'must be an e-mail address', pattern: z.regexes.email }))
    .transform((text) => text.toLowerCase());

const MIN_PASSWORD = 10;

/** Length is what counts (NIST SP 800-63B, 3.1.1); the upper bound only keeps the hashing bounded. */
export const passwordField = () =>
  z
    .string()
    .min(MIN_PASSWORD, `must have at least ${MIN_PASSWORD} characters`)
    .max(256, 'must have at most 256 characters')
    .refine((text) => text.isWellFormed(), 'must be well-formed text');

/** A password that is checked and not set: any text within reason. */
export const presentedPasswordField = () => z.string().min(1, 'must not be empty').max(1_024);

/** A token as we make them; anything else is not worth a look-up. */
export const tokenField = () => z.string().max(200, 'is too long');

export const buyerModeField = () =>
  z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'must be capital letters, digits and _');

/** A query parameter that is a whole number. */
export const integerField = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,12}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`);

export const pageFields = {
  page: integerField(1, 1_000_000).default(1),
  limit: integerField(1, 100).default(25),
};

/** A point in time still to come. */
export const futureField = () =>
  z.iso
    .datetime({ offset: true, error: 'must be a time with its zone, such as 2027-01-31T00:00:00Z' })
    .transform((text) => new Date(text))
    .refine((date) => date.getTime() > Date.now(), 'must be in the future');
