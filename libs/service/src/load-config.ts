import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { ConfigError, type ConfigProblem } from './errors.js';
import { type ConfigSchema, metaOf } from './describe-config.js';
import { showValue } from './variables.js';

export type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads and checks the environment once, at start.
 *
 * - An empty variable counts as not set: compose files and Helm charts pass `NAME=` for "nothing".
 * - A secret may come from a file, NAME_FILE (Docker and Kubernetes secrets); one trailing newline is dropped.
 * - Variables that the schema does not name are ignored.
 *
 * @throws {ConfigError} that names every bad variable, what was given (never a secret), what is expected and an example.
 */
export function loadConfig<S extends ConfigSchema>(schema: S, env: Env = process.env): z.output<S> {
  const problems: ConfigProblem[] = [];
  const given: Record<string, string> = {};
  for (const [name, field] of Object.entries(schema.shape)) {
    const value = readVariable(name, { env, fileAllowed: metaOf(field)?.secret === true, problems });
    if (value !== undefined) given[name] = value;
  }

  const result = schema.safeParse(given);
  if (result.success && problems.length === 0) return result.data;

  const unreadable = new Set(problems.map((problem) => problem.variable));
  for (const issue of result.error?.issues ?? []) {
    const name = String(issue.path[0] ?? '(all)');
    if (!unreadable.has(name))
      problems.push({ variable: name, message: explain(issue, schema, given[name]) });
  }
  throw new ConfigError(problems);
}

interface ReadOptions {
  readonly env: Env;
  readonly fileAllowed: boolean;
  readonly problems: ConfigProblem[];
}

function readVariable(name: string, { env, fileAllowed, problems }: ReadOptions): string | undefined {
  const value = env[name];
  const file = fileAllowed ? env[`${name}_FILE`] : undefined;
  if (file === undefined || file === '') return value === '' ? undefined : value;
  if (value !== undefined && value !== '') {
    problems.push({ variable: name, message: `is given twice, by ${name} and by ${name}_FILE: keep one` });
    return undefined;
  }
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    problems.push({
      variable: name,
      message: `${name}_FILE names "${file}", which cannot be read (${reason})`,
    });
    return undefined;
  }
}

function explain(issue: z.core.$ZodIssue, schema: ConfigSchema, given: string | undefined): string {
  const name = String(issue.path[0] ?? '');
  const field = schema.shape[name];
  if (field === undefined) return issue.message;
  const meta = metaOf(field);
  const example = meta === undefined ? '' : `. Example: ${name}=${meta.example}`;
  if (given === undefined) {
    return `is not set (${meta?.about ?? 'required'}); it must be ${meta?.expected ?? 'given'}${example}`;
  }
  return `${issue.message}; given: ${showValue(given, meta)}${example}`;
}
