/**
 * Array parameters in Postgres's text form, put together by joining: the driver's own encoder escapes element by
 * element, which costs more than the rest of a turn's upserts.
 */

/** Numbers, decimals, UUIDs: elements that need no quotes. */
export function plainArray(values: readonly (string | number)[]): string {
  return `{${values.join(',')}}`;
}

/** Any text; quoted, or a name such as NULL would become null. */
export function nameArray(values: readonly string[]): string {
  return values.length === 0 ? '{}' : `{"${values.map(escapeName).join('","')}"}`;
}

const SPECIAL = /["\\]/;

function escapeName(name: string): string {
  return SPECIAL.test(name) ? name.replaceAll('\\', '\\\\').replaceAll('"', '\\"') : name;
}

/** Byte strings, given as hex. */
export function bytesArray(values: readonly string[]): string {
  return values.length === 0 ? '{}' : `{"\\\\x${values.join('","\\\\x')}"}`;
}
