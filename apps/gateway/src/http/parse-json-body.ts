import { ApiError, parseJsonExactly } from '@pacspace/wire';

/** Fatal: text with a replacement character in it is not what was sent. A leading byte order mark is dropped. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @throws ApiError VALIDATION_FAILED when the bytes are not JSON in UTF-8. */
export function parseJsonBody(bytes: Uint8Array): unknown {
  if (bytes.length === 0) throw new ApiError('VALIDATION_FAILED', 'the body is empty: JSON was announced');
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch (cause) {
    throw new ApiError('VALIDATION_FAILED', 'the body is not well-formed UTF-8', { cause });
  }
  try {
    return parseJsonExactly(text);
  } catch (cause) {
    // Nesting that overflows the stack is a RangeError: no less the body's fault than a syntax error.
    throw new ApiError('VALIDATION_FAILED', `the body is not JSON: ${describe(cause)}`, { cause });
  }
}

/** V8's message quotes the text around the mistake: short, and the sender's own. */
export function describe(cause: unknown): string {
  return cause instanceof SyntaxError ? cause.message.slice(0, 200) : 'it is nested too deeply';
}
