import { askService, type ServiceRequest } from '../ask-service.js';
import { type CommandContext } from '../command.js';
import { resolveConnection } from '../connection.js';
import { CliError } from '../errors.js';
import type { OptionValues } from '../options.js';
import type { WEBHOOKS_OPTIONS } from './help.js';

export type WebhooksOptions = OptionValues<typeof WEBHOOKS_OPTIONS>;

type Answer = Readonly<Record<string, unknown>>;
type Action = (of: { readonly values: WebhooksOptions; readonly id: string | undefined }) => Asked;

interface Asked extends Pick<ServiceRequest, 'method' | 'body'> {
  /** Below /api/v1/balance (with an API key) or /dashboard (with a session). */
  readonly path: string;
  readonly as: 'key' | 'session';
}

/** What each action asks the service. */
const ACTIONS: Readonly<Record<string, Action>> = {
  log: ({ values }) => ({ method: 'GET', path: `/webhooks${pageQuery(values)}`, as: 'key' }),
  retry: ({ id }) => ({ method: 'POST', path: `/webhooks/${need(id, 'EVENT_ID')}/retry`, as: 'key' }),
  list: ({ values: { environment, limit } }) => ({
    method: 'GET',
    path: `/webhooks${query({ environment, limit })}`,
    as: 'session',
  }),
  create: ({ values, id }) => ({
    method: 'POST',
    path: '/webhooks',
    as: 'session',
    body: {
      url: need(id, 'URL', false),
      ...given({ environment: values.environment, description: values.description, events: values.event }),
      ...given({ ordered: values.ordered }),
    },
  }),
  update: ({ values, id }) => ({
    method: 'PATCH',
    path: `/webhooks/${need(id, 'ID')}`,
    as: 'session',
    body: given({
      url: values['webhook-url'],
      description: values.description,
      events: values.event,
      ordered: values.ordered,
      enabled: enabledOf(values),
    }),
  }),
  delete: ({ id }) => ({ method: 'DELETE', path: `/webhooks/${need(id, 'ID')}`, as: 'session' }),
  test: ({ id }) => ({ method: 'POST', path: `/webhooks/${need(id, 'ID')}/test`, as: 'session' }),
  'rotate-secret': ({ id }) => ({
    method: 'POST',
    path: `/webhooks/${need(id, 'ID')}/rotate-secret`,
    as: 'session',
  }),
  deliveries: ({ values, id }) => ({
    method: 'GET',
    path: `/webhooks/${need(id, 'ID')}/deliveries${pageQuery(values)}`,
    as: 'session',
  }),
  replay: ({ values: { since, until, all }, id }) => ({
    method: 'POST',
    path: `/webhooks/${need(id, 'ID')}/replay`,
    as: 'session',
    body: given({ since, until, only: all === true ? 'all' : undefined }),
  }),
};

export const ACTION_NAMES = Object.keys(ACTIONS);

/** @throws CliError */
export async function manage(
  of: { readonly action: string; readonly id: string | undefined; readonly values: WebhooksOptions },
  context: CommandContext,
): Promise<Answer> {
  const { action, id, values } = of;
  const make = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (make === undefined) {
    throw new CliError('USAGE', `no such action: ${action}; there is: listen, ${ACTION_NAMES.join(', ')}`);
  }
  const { as, path, method, body } = make({ values, id });
  const { interrupted } = context;
  if (as === 'key') {
    const { baseUrl, apiKey } = resolveConnection(values, context);
    return await askService({
      ...{ method, interrupted },
      url: `${baseUrl}/api/v1/balance${path}`,
      headers: { 'x-api-key': apiKey },
      body: method === 'POST' ? {} : undefined,
    });
  }
  const token = values.token ?? context.env['PACSPACE_TOKEN'];
  if (token === undefined || token === '') {
    throw new CliError(
      'USAGE',
      'webhooks are managed with a session of the dashboard: give --token or PACSPACE_TOKEN',
    );
  }
  const { baseUrl } = resolveConnection({ ...values, key: 'none' }, context);
  return await askService({
    ...{ method, interrupted },
    url: `${baseUrl}/dashboard${path}`,
    headers: { authorization: `Bearer ${token}` },
    body: method === 'GET' ? undefined : (body ?? {}),
  });
}

function need(id: string | undefined, name: string, isPath = true): string {
  if (id === undefined)
    throw new CliError('USAGE', `which one? Give ${name} (see npx pacspace webhooks --help)`);
  return isPath ? encodeURIComponent(id) : id;
}

function enabledOf({ enable, disable }: WebhooksOptions): boolean | undefined {
  if (enable === true && disable === true)
    throw new CliError('USAGE', '--enable and --disable exclude each other');
  return enable === true ? true : disable === true ? false : undefined;
}

function pageQuery({ state, limit, offset }: WebhooksOptions): string {
  return query({ deliveryState: state, limit, offset });
}

function query(params: Readonly<Record<string, string | undefined>>): string {
  const text = new URLSearchParams(given(params) as Record<string, string>).toString();
  return text === '' ? '' : `?${text}`;
}

function given(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
