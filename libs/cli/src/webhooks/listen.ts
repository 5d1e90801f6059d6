import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhooks, WebhookVerificationError } from '@pacspace-io/sdk';
import type { CommandContext } from '../command.js';
import { CliError, EXIT, type ExitCode } from '../errors.js';

export interface ListenOptions {
  readonly port: number;
  /** None: signatures are not checked. */
  readonly secrets: readonly string[];
  readonly answer: number;
  readonly json: boolean;
}

/** What is larger is no delivery of ours. */
const MOST_BYTES = 4 * 1024 * 1024;

/** Receives deliveries on this machine alone and prints each one, until it is interrupted. */
export async function listen(options: ListenOptions, context: CommandContext): Promise<ExitCode> {
  const { interrupted, stdout, stderr } = context;
  const server = createServer((request, response) => {
    receive(options, request, response)
      .then((line) => stdout.write(`${line}\n`))
      .catch((error: unknown) => {
        stderr.write(`a request broke: ${String(error)}\n`);
        response.destroy();
      });
  });
  server.listen(options.port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new CliError('USAGE', `cannot listen on port ${options.port}: ${String(cause)}`, { cause });
  }
  const { port } = server.address() as AddressInfo;
  const checks =
    options.secrets.length > 0 ? 'signatures are checked' : 'signatures are not checked (--secret)';
  stderr.write(`listening on http://127.0.0.1:${port}/ · ${checks} · Ctrl-C ends\n`);
  if (!interrupted.aborted) await once(interrupted, 'abort');
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  return EXIT.ok;
}

async function receive(
  options: ListenOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > MOST_BYTES) throw new Error(`a body of more than ${MOST_BYTES} bytes`);
  }
  const raw = Buffer.concat(chunks);
  const signature = checkSignature(options.secrets, raw, request);
  const status = signature.startsWith('refused') ? 400 : options.answer;
  response.writeHead(status).end();
  return options.json
    ? JSON.stringify({ signature, answered: status, headers: request.headers, body: parse(raw) })
    : format(request, { raw, signature, status });
}

function checkSignature(secrets: readonly string[], raw: Buffer, { headers }: IncomingMessage): string {
  if (secrets.length === 0) return 'not checked';
  try {
    Webhooks.verify(raw, headers, { secret: secrets });
    return 'valid';
  } catch (error) {
    if (error instanceof WebhookVerificationError) return `refused: ${error.message}`;
    throw error;
  }
}

function parse(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString('utf8')) as unknown;
  } catch {
    return raw.toString('utf8');
  }
}

function format(
  { headers, url = '/' }: IncomingMessage,
  of: { readonly raw: Buffer; readonly signature: string; readonly status: number },
): string {
  const { raw, signature, status } = of;
  const body = parse(raw);
  const type = String(headers['x-webhook-event'] ?? '(no X-Webhook-Event)');
  const id = String(headers['x-event-id'] ?? '(no X-Event-ID)');
  const text = typeof body === 'string' ? body : JSON.stringify(body, undefined, 2);
  return `${new Date().toISOString()}  ${type}  ${id}\n  ${url} · signature ${signature} · answered ${status}\n${text.replaceAll(/^/gm, '  ')}`;
}
