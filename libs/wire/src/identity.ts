import { canonicalContent, type DeltaContent, recordIdPreimage } from '@pacspace/domain';

/** SHA-256 as lower-case hex; text is hashed as UTF-8. In Node: `sha256Hex` of libs/node-crypto. */
export type Sha256Hex = (data: string | Uint8Array) => string;

/**
 * The key of a record: 32 hex digits, the same for every retry through any gateway, since it follows from the
 * idempotency key in its scope alone. `rec_` + key is the record id, `rcp_` + key the receipt id.
 */
export function recordKeyOf(
  scope: { readonly environmentId: string; readonly customerId: string; readonly key: string },
  sha256: Sha256Hex,
): string {
  return sha256(recordIdPreimage(scope.environmentId, scope.customerId, scope.key)).slice(0, 32);
}

export const recordIdOf = (recordKey: string): string => `rec_${recordKey}`;
export const receiptIdOf = (recordKey: string): string => `rcp_${recordKey}`;

/** RFC 6962 leaf hash of the content's canonical text: the 0x00 prefix is a character of the text's UTF-8 form. */
export function fingerprintOf(content: DeltaContent, sha256: Sha256Hex): string {
  return sha256(`\0${canonicalContent(content)}`);
}

/**
 * The salted hash that stands for metadata in a content. Who is shown metadata and salt can check it; who is not,
 * or once they are erased, learns nothing from it.
 *
 * @param salt 32 hex digits; @param metadata RFC 8785 text.
 */
export function metadataHashOf(salt: string, metadata: string, sha256: Sha256Hex): string {
  const text = new TextEncoder().encode(metadata);
  const bytes = new Uint8Array(16 + text.length);
  for (let i = 0; i < 16; i += 1) bytes[i] = Number.parseInt(salt.slice(2 * i, 2 * i + 2), 16);
  bytes.set(text, 16);
  return sha256(bytes);
}
