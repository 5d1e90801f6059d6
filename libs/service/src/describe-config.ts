import type { z } from 'zod';
import { scrubText } from './scrub.js';
import { variableMeta, type VariableMeta } from './variables.js';

/** An object schema whose keys are the names of environment variables. */
export type ConfigSchema = z.ZodObject<Readonly<Record<string, z.ZodType>>>;

export interface VariableDescription {
  readonly name: string;
  readonly about: string;
  /** To be read after "must be". */
  readonly expected: string;
  readonly example: string;
  readonly secret: boolean;
  readonly required: boolean;
  /** As text; undefined when there is none. */
  readonly default: string | undefined;
}

/** The parts of a zod definition that wrappers (`optional`, `default`, `refine`, pipes) keep their inside in. */
interface Wrapper {
  readonly innerType?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
  readonly defaultValue?: unknown;
}

function* unwrap(schema: z.core.$ZodType): Generator<z.core.$ZodType> {
  let current: z.core.$ZodType | undefined = schema;
  while (current !== undefined) {
    yield current;
    const wrapper: Wrapper = current._zod.def as Wrapper;
    current = wrapper.innerType ?? wrapper.in;
  }
}

/** What is known about a variable's schema, through any wrapper; undefined for one not made by our constructors. */
export function metaOf(schema: z.core.$ZodType): VariableMeta | undefined {
  for (const layer of unwrap(schema)) {
    const meta = variableMeta.get(layer);
    if (meta !== undefined) return meta;
  }
  return undefined;
}

function defaultOf(schema: z.core.$ZodType): string | undefined {
  for (const layer of unwrap(schema)) {
    const { defaultValue } = layer._zod.def as Wrapper;
    if (typeof defaultValue === 'string') return scrubText(defaultValue);
    if (Array.isArray(defaultValue)) return scrubText(defaultValue.join(','));
    if (defaultValue !== undefined) return JSON.stringify(defaultValue);
  }
  return undefined;
}

/** Every variable of a schema, in its order: for `--help` and for the configuration page of the docs. */
export function describeConfig(schema: ConfigSchema): VariableDescription[] {
  return Object.entries(schema.shape).map(([name, field]) => {
    const meta = metaOf(field);
    return {
      name,
      about: meta?.about ?? '',
      expected: meta?.expected ?? 'text',
      example: meta?.example ?? '',
      secret: meta?.secret ?? false,
      required: !field.safeParse(undefined).success,
      default: defaultOf(field),
    };
  });
}

/** The text that `--help` prints. */
export function formatConfigHelp(app: string, variables: readonly VariableDescription[]): string {
  const blocks = variables.map((variable) => {
    const state = variable.required
      ? 'required'
      : variable.default === undefined
        ? 'optional'
        : `default ${variable.default}`;
    const file = variable.secret ? `; or ${variable.name}_FILE, the path of a file that holds it` : '';
    return [
      `  ${variable.name}  (${state})`,
      `      ${variable.about}.`,
      `      Must be ${variable.expected}${file}. Example: ${variable.name}=${variable.example}`,
    ].join('\n');
  });
  return `${app} is configured by environment variables:\n\n${blocks.join('\n\n')}\n`;
}
