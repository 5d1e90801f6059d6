import { parseArgs } from 'node:util';
import type { Spelling } from '@pacspace/tabular';
import { CliError } from './errors.js';

/** One option: node:util's descriptor, and what --help says of it. */
interface OptionSpec {
  readonly type: 'string' | 'boolean';
  readonly multiple?: true;
  readonly short?: string;
  /** Name of the value in the help, e.g. "NAME"; only for strings. */
  readonly value?: string;
  readonly help: string;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

type ValueOf<S extends OptionSpec> = S extends { readonly type: 'boolean' }
  ? boolean
  : S extends { readonly multiple: true }
    ? readonly string[]
    : string;

export type OptionValues<S extends OptionSpecs> = { readonly [K in keyof S]?: ValueOf<S[K]> };

export interface ParsedOptions<S extends OptionSpecs> {
  readonly values: OptionValues<S>;
  readonly positionals: readonly string[];
}

/** @throws CliError USAGE for an option that is unknown, lacks its value, or is given twice where one counts. */
export function parseOptions<S extends OptionSpecs>(specs: S, args: readonly string[]): ParsedOptions<S> {
  try {
    const { values, positionals, tokens } = parseArgs({
      args: [...args],
      options: specs,
      allowPositionals: true,
      tokens: true,
    });
    const seen = new Set<string>();
    for (const token of tokens) {
      if (token.kind !== 'option' || specs[token.name]?.multiple === true) continue;
      // node:util lets the last one win; two different factors on one command line are a mistake in money.
      if (seen.has(token.name)) throw new CliError('USAGE', `--${token.name} is given twice`);
      seen.add(token.name);
    }
    return { values: values, positionals };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code?.startsWith('ERR_PARSE_ARGS_') !== true) throw error;
    throw new CliError('USAGE', message, { cause: error });
  }
}

/** As options on a command line: --time-format unix-s. */
export const asOption: Spelling = (option, value) => {
  if (option === 'quotes' && value === 'false') return '--no-quotes';
  const name = `--${option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  return value === undefined ? name : `${name} ${value}`;
};

const NAME_WIDTH = 26;
const TEXT_WIDTH = 84;

/** The options as a help section: a name column, and the text wrapped beside it. */
export function formatOptions(specs: OptionSpecs): string {
  return Object.entries(specs)
    .map(([name, spec]) => {
      const short = spec.short === undefined ? '' : `-${spec.short}, `;
      const label = `  ${short}--${name}${spec.value === undefined ? '' : ` ${spec.value}`}`;
      const lines = wrap(spec.help, TEXT_WIDTH);
      const indent = `\n${' '.repeat(NAME_WIDTH)}`;
      const start = label.length < NAME_WIDTH - 1 ? label.padEnd(NAME_WIDTH) : label + indent;
      return start + lines.join(indent);
    })
    .join('\n');
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
