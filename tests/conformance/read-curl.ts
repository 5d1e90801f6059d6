/** What a curl command asks for. */
export interface CurlRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Names of the files that cookies are read from (-b) and written to (-c). */
  readonly cookiesFrom: string | undefined;
  readonly cookiesTo: string | undefined;
}

const VALUED: Readonly<Record<string, 'method' | 'header' | 'body' | 'from' | 'to'>> = {
  '-X': 'method',
  '--request': 'method',
  '-H': 'header',
  '--header': 'header',
  '-d': 'body',
  '--data': 'body',
  '--data-raw': 'body',
  '-b': 'from',
  '--cookie': 'from',
  '-c': 'to',
  '--cookie-jar': 'to',
};
/** What is shown, and not what is asked. */
const QUIET = new Set(['-s', '-S', '-sS', '-i', '-v', '--silent', '--include', '--verbose']);

/** @throws Error for an option that this does not know. */
export function readCurl(command: string, variables: Readonly<Record<string, string>>): CurlRequest {
  const [program, ...words] = readWords(command.replace(/^\s*\$ /, ''), variables) ?? [];
  if (program !== 'curl') throw new Error(`not a curl command: ${command}`);
  const found: Partial<Record<'method' | 'body' | 'from' | 'to' | 'url', string>> = {};
  const headers: Record<string, string> = {};
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const option = VALUED[word];
    if (option === undefined) {
      if (QUIET.has(word)) continue;
      if (word.startsWith('-')) throw new Error(`curl ${word} is not known here`);
      found.url = word;
      continue;
    }
    const value = words.shift();
    if (value === undefined) throw new Error(`curl ${word} has no value`);
    if (option !== 'header') found[option] = value;
    else
      headers[value.slice(0, value.indexOf(':')).toLowerCase()] = value.slice(value.indexOf(':') + 1).trim();
  }
  const { body, from, method = body === undefined ? 'GET' : 'POST', to, url = '' } = found;
  return { method, url: new URL(url), headers, body, cookiesFrom: from, cookiesTo: to };
}

/**
 * The words of a shell command (POSIX.1-2024, 2.2): quotes, escapes, lines that go on, variables, comments.
 *
 * @returns undefined when the command goes on after the text.
 */
export function readWords(text: string, variables: Readonly<Record<string, string>>): string[] | undefined {
  const words: string[] = [];
  const token = /\s*(?:\\\n\s*)*(?:#[^\n]*\n?|((?:'[^']*'|"(?:\\[\s\S]|[^"\\])*"|\\[\s\S]|[^\s'"\\])+))/y;
  let rest = text;
  while (rest.replaceAll(/\\\n/g, ' ').trim() !== '') {
    token.lastIndex = 0;
    const match = token.exec(rest);
    if (match === null || /\\$/.test(rest)) return undefined;
    if (match[1] !== undefined) words.push(unquote(match[1], variables));
    rest = rest.slice(token.lastIndex);
  }
  return /\\\s*$/.test(text) ? undefined : words;
}

function unquote(word: string, variables: Readonly<Record<string, string>>): string {
  const parts = word.match(/'[^']*'|"(?:\\[\s\S]|[^"\\])*"|\\[\s\S]|[^'"\\]+/g) ?? [];
  return parts
    .map((part) => {
      if (part.startsWith("'")) return part.slice(1, -1);
      if (part.startsWith('\\')) return part === '\\\n' ? '' : part.slice(1);
      return expand(part.startsWith('"') ? part.slice(1, -1) : part, variables);
    })
    .join('');
}

function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(
    /\\(["\\$`\n])|\$\{?(\w+)\}?/g,
    (_, escaped: string | undefined, name: string) => escaped?.replace('\n', '') ?? variables[name] ?? '',
  );
}
