/**
 * Array parameters in Postgres's text form, put together by joining: the driver's own encoder escapes element by
 * element, which costs more than the rest of a turn's upserts.
 */

/** Numbers, decimals, UUIDs: elements that need no quotes. */
export function plainArray(values: readonly (string | number)[]): string {
  return `{${values.join(',')}}`;
}

/** Names of the contract's alphabets (no quote, no backslash); quoted, or one called NULL would become null. */
export function nameArray(values: readonly string[]): string {
  return values.length === 0 ? '{}' : `{"${values.join('","')}"}`;
}

/** Byte strings, given as hex. */
export function bytesArray(values: readonly string[]): string {
  return values.length === 0 ? '{}' : `{"\\\\x${values.join('","\\\\x')}"}`;
}
