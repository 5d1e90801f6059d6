import type { Command, CommandContext } from '../command.js';
import { CliError, EXIT, type ExitCode } from '../errors.js';
import { parseOptions } from '../options.js';
import { WEBHOOKS_HELP, WEBHOOKS_OPTIONS } from '../webhooks/help.js';
import { listen } from '../webhooks/listen.js';
import { manage, type WebhooksOptions } from '../webhooks/manage.js';

export const webhooksCommand: Command = {
  summary: 'manage webhooks, see and repeat deliveries, listen to them while building a receiver',
  help: WEBHOOKS_HELP,
  run: runWebhooks,
};

async function runWebhooks(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  const { values, positionals } = parseOptions(WEBHOOKS_OPTIONS, args);
  const [action, id, ...more] = positionals;
  if (action === undefined) throw new CliError('USAGE', `which action?\n\n${WEBHOOKS_HELP}`);
  if (more.length > 0) throw new CliError('USAGE', `too much on the line: ${more.join(' ')}`);
  if (action === 'listen') return await listen(listenOptions(values, context), context);
  const answer = await manage({ action, id, values }, context);
  context.stdout.write(`${JSON.stringify(answer, undefined, values.json === true ? undefined : 2)}\n`);
  return EXIT.ok;
}

function listenOptions(values: WebhooksOptions, { env }: CommandContext) {
  const named = values.secret ?? env['PACSPACE_WEBHOOK_SECRET']?.split(',') ?? [];
  const secrets = named.map((secret) => secret.trim()).filter((secret) => secret !== '');
  if (secrets.some((secret) => !secret.startsWith('whsec_')))
    throw new CliError('USAGE', 'a secret begins with whsec_');
  return {
    port: integer(values.port ?? '4000', { name: '--port', min: 0, max: 65_535 }),
    answer: integer(values.answer ?? '204', { name: '--answer', min: 200, max: 599 }),
    secrets,
    json: values.json === true,
  };
}

function integer(
  text: string,
  { name, min, max }: { readonly name: string; readonly min: number; readonly max: number },
): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw new CliError('USAGE', `${name} must be a whole number from ${min} to ${max}`);
}
