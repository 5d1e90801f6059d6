import { ProofError } from './errors.js';

/** What one member of a record must be. */
export interface Member {
  readonly is: (value: unknown) => boolean;
  /** For the error: "amount is not a canonical decimal". */
  readonly what: string;
  readonly optional?: true;
}

/** Each member of T, and no other. */
export type Shape<T> = { readonly [K in keyof T]-?: Member };

/**
 * Checks that `value` is an object with exactly the members of `shape`. An unknown member is refused: two readers that
 * understood a record differently would both find its hash right.
 * @throws ProofError `malformed`, naming the member.
 */
export function checkShape<T>(name: string, shape: Shape<T>, value: unknown): T {
  if (!isObject(value)) throw new ProofError('malformed', `${name} is not an object`);
  const members: Readonly<Record<string, Member>> = shape;
  for (const key of Object.keys(value)) {
    if (!Object.hasOwn(members, key)) throw new ProofError('malformed', `${name} has no member ${key}`);
  }
  for (const [key, { is, optional, what }] of Object.entries(members)) {
    if (Object.hasOwn(value, key) ? !is(value[key]) : optional !== true) {
      throw new ProofError('malformed', `${name}: ${key} is not ${what}`);
    }
  }
  return value as T; // each member has just been checked
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A member that may be left out; null is never a value. */
export function optional(member: Member): Member {
  return { ...member, optional: true };
}

export function textLike(pattern: RegExp, what: string): Member {
  return { is: (value) => typeof value === 'string' && pattern.test(value), what };
}

export const COUNT: Member = {
  is: (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0),
  what: 'a whole number from 0 on',
};

export const BOOLEAN: Member = { is: (value) => typeof value === 'boolean', what: 'true or false' };

/** Well-formed Unicode that is not empty. */
export const TEXT = textLike(/^[^\p{Surrogate}]+$/u, 'a non-empty text');

/** 32 bytes in lower-case hex. */
export const HASH = textLike(/^[0-9a-f]{64}$/, 'a hash in lower-case hex');

export const VERSION_1: Member = { is: (value) => value === 1, what: 'the version 1' };
