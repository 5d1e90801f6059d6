/**
 * A decimal literal with at most 15 significant digits survives the way through a double; a longer one may not.
 * Only texts with such a run of digits pay for the slow parse, which looks at each number's own source text.
 */
const LONG_NUMBER = /\d[\d.]{15,}/;

/**
 * JSON.parse that never rounds a `delta`: a number whose literal a double cannot hold is handed on as its source
 * text (a string), to be parsed as the decimal it is. Other members keep their usual meaning.
 *
 * @throws SyntaxError as JSON.parse does.
 */
export function parseJsonExactly(text: string): unknown {
  if (!LONG_NUMBER.test(text)) return JSON.parse(text) as unknown;
  return JSON.parse(text, keepExactDelta as (key: string, value: unknown) => unknown) as unknown;
}

/** The third argument is the JSON.parse source text access proposal, in Node since 22; `this` is the holder. */
function keepExactDelta(
  this: object,
  key: string,
  value: unknown,
  context: { readonly source?: string },
): unknown {
  // A member named delta inside someone's metadata has no customerId beside it, and stays a number.
  const isAmount = key === 'delta' && typeof value === 'number' && 'customerId' in this;
  return isAmount && context.source !== undefined ? context.source : value;
}
