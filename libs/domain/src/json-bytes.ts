/** UTF-8 bytes of a well-formed text's JSON form, quotes included: `"é\n"` has 6. Counted, not built. */
export function jsonTextBytes(text: string): number {
  let bytes = 2;
  for (let i = 0; i < text.length; i += 1) bytes += codeUnitBytes(text.charCodeAt(i));
  return bytes;
}

/** RFC 8785 §3.2.2.2 escapes what JSON.stringify does: quote, backslash, and the controls. */
function codeUnitBytes(code: number): number {
  if (code < 0x20) return isShortEscape(code) ? 2 : 6;
  if (code < 0x80) return code === 0x22 || code === 0x5c ? 2 : 1;
  if (code < 0x800) return 2;
  // Each half of a surrogate pair stands for two of the pair's four bytes.
  return code >= 0xd800 && code <= 0xdfff ? 2 : 3;
}

/** \b \t \n \f \r; the other controls are written \u00xx. */
function isShortEscape(code: number): boolean {
  return code >= 0x08 && code <= 0x0d && code !== 0x0b;
}
