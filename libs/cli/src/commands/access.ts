import type { JsonValue } from '@pacspace/domain';
import { formatApproval, formatDenial, formatMails, formatRequests } from '../access/format-access.js';
import { ACCESS_HELP, ACCESS_OPTIONS } from '../access/help.js';
import { askOperator, resolveOperator } from '../access/operator-api.js';
import type { Command, CommandContext } from '../command.js';
import { CliError, EXIT, type ExitCode } from '../errors.js';
import { type OptionValues, parseOptions } from '../options.js';

export const accessCommand: Command = {
  summary: 'for operators: see who asks for an account, approve or deny it',
  help: ACCESS_HELP,
  run: runAccess,
};

type Data = Readonly<Record<string, JsonValue>>;
type Values = OptionValues<typeof ACCESS_OPTIONS>;

interface Action {
  /** Below /operator/; a body makes it a POST. */
  readonly request: (
    values: Values,
    which: string,
  ) => { readonly path: string; readonly body?: Readonly<Record<string, string>> };
  readonly takesRequest: boolean;
  readonly format: (data: Data) => string;
}

const ACTIONS: Readonly<Record<string, Action>> = {
  list: {
    request: ({ state }) => ({ path: `access-requests${query({ state, limit: '1000' })}` }),
    takesRequest: false,
    format: formatRequests,
  },
  approve: {
    request: ({ plan }, which) => ({
      path: `access-requests/${which}/approve`,
      body: plan === undefined ? {} : { plan },
    }),
    takesRequest: true,
    format: formatApproval,
  },
  deny: {
    request: (_values, which) => ({ path: `access-requests/${which}/deny`, body: {} }),
    takesRequest: true,
    format: formatDenial,
  },
  mails: {
    request: ({ to }) => ({ path: `mails${query({ to })}` }),
    takesRequest: false,
    format: formatMails,
  },
};

async function runAccess(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  const { values, positionals } = parseOptions(ACCESS_OPTIONS, args);
  const [name = '', which = '', ...rest] = positionals;
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (action === undefined) {
    throw new CliError('USAGE', `access what? One of ${Object.keys(ACTIONS).join(', ')}`);
  }
  if (rest.length > 0 || (which !== '') !== action.takesRequest) {
    const wanted = action.takesRequest
      ? 'one request, by its id or its e-mail address'
      : 'no further argument';
    throw new CliError('USAGE', `access ${name} takes ${wanted}`);
  }
  const operator = resolveOperator(values.url, context);
  const { path, body } = action.request(values, encodeURIComponent(which));
  const data = await askOperator(operator, path, body);
  context.stdout.write(
    `${values.json === true ? JSON.stringify(data, undefined, 2) : action.format(data)}\n`,
  );
  return EXIT.ok;
}

function query(fields: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}
