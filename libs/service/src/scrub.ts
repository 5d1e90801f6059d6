/**
 * Takes secrets out of text that leaves the process (logs, health details, configuration errors).
 *
 * It works on the finished line, not on known object paths: a driver's error message that quotes its
 * connection URL, or a header map four levels down, is caught as well as a field somebody thought of.
 */
const MASK = '***';

/** Ends of key names whose value is never shown: `password`, `clientSecret`, `x-api-key`, `set-cookie`, `sessionToken` … */
const SECRET_NAME =
  'pass(?:word|wd|phrase)|secret(?:s|[-_]?key)?|authorization|cookies?|(?:api|private|signing)[-_]?key|token|credentials?';
const secretName = new RegExp(`(?:${SECRET_NAME})$`, 'i');
const secretMember = new RegExp(`(?:${SECRET_NAME})":`, 'i');

/** Values that are secrets by their shape, wherever they stand. Each starts at a literal, so that a scan stays linear. */
const shapes: readonly (readonly [RegExp, string])[] = [
  [/:\/\/[^\s/"'<>\\]*@/g, `://${MASK}@`],
  [/\b(pk_(?:test|live)_[\w-]+)\.[^\s"'\\,;]+/g, `$1.${MASK}`],
  [/\b(bearer|basic)\s+[\w.~+/=-]+/gi, `$1 ${MASK}`],
  [/\bwhsec_[\w+/=-]+/g, `whsec_${MASK}`],
  [/PRIVATE\+KEY\+[^\s"\\]+/g, `PRIVATE+KEY+${MASK}`],
  [/(-----BEGIN [A-Z ]*PRIVATE KEY-----)[^"]*/g, `$1${MASK}`],
  [/([?&](?:\w*password|token|secret|api_?key)=)[^&\s"'\\]+/gi, `$1${MASK}`],
];
const anyShape = /:\/\/[^\s/"'<>\\]*@|pk_(?:test|live)_|(?:bearer|basic)\s|whsec_|PRIVATE|[?&]/i;

/** Free text without the secrets that can be told by their shape. */
export function scrubText(text: string): string {
  if (!anyShape.test(text)) return text;
  let clean = text;
  for (const [shape, replacement] of shapes) clean = clean.replace(shape, replacement);
  return clean;
}

/** Member of JSON.parse's third reviver argument (ECMAScript "JSON.parse source text access"); not yet in the type library. */
interface ReviverContext {
  readonly source?: string;
}
const rawJson = (JSON as unknown as { rawJSON: (text: string) => unknown }).rawJSON;

function maskMember(key: string, value: unknown, context: ReviverContext): unknown {
  if (secretName.test(key)) return MASK;
  // A log line may hold a bigint; a double in between would change its digits.
  if (typeof value === 'number' && context.source !== undefined) return rawJson(context.source);
  return value;
}

/**
 * One line of JSON without secrets: by shape anywhere, and by name at any depth.
 * Only a line that has a secret's name as a key is parsed again; the others cost one scan.
 */
export function scrubJsonLine(line: string): string {
  const clean = scrubText(line);
  if (!secretMember.test(clean)) return clean;
  const reviver = maskMember as (this: unknown, key: string, value: unknown) => unknown;
  return `${JSON.stringify(JSON.parse(clean, reviver))}\n`;
}
