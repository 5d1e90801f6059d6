/**
 * Array parameters in Postgres's text form, put together by joining: the driver's own encoder escapes element by
 * element, which costs more than the rest of a turn's upserts.
 */

/** Numbers, decimals, UUIDs: elements that need no quotes. */
export function plainArray(values: readonly (string | number)[]): string {
  return `{${values.join(',')}}`;
}

const UUID_OID = 2950;
const UUID_BYTES = 16;
const ELEMENT_BYTES = 4 + UUID_BYTES;
const HEADER_BYTES = 20;

/**
 * UUIDs, given as 32 hex digits, in Postgres's binary form, as which the driver sends a Buffer: text is several times as
 * dear for the server to read, and there is one for every delta.
 */
export function uuidArray(uuids: readonly string[]): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + uuids.length * ELEMENT_BYTES);
  bytes.writeInt32BE(1, 0); // dimensions
  bytes.writeInt32BE(0, 4); // no nulls
  bytes.writeInt32BE(UUID_OID, 8);
  bytes.writeInt32BE(uuids.length, 12);
  bytes.writeInt32BE(1, 16); // number of the first element
  let at = HEADER_BYTES;
  for (const uuid of uuids) {
    bytes.writeInt32BE(UUID_BYTES, at);
    if (bytes.write(uuid, at + 4, UUID_BYTES, 'hex') !== UUID_BYTES) throw new Error(`no UUID: ${uuid}`);
    at += ELEMENT_BYTES;
  }
  return bytes;
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
