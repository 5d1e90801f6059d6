import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { answerError, registerRequestMetrics, registerRequestSpans, withoutSchemas } from '@pacspace/http';
import { checkSchema, createReadPool } from '@pacspace/ledger';
import {
  type AppContext,
  ConfigError,
  drainHttpServer,
  NestLogger,
  registerOperationsRoutes,
  watchPool,
  startProbe,
} from '@pacspace/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import { Passwords } from './auth/passwords.js';
import { clearExpired } from './clear-expired.js';
import type { ConsoleConfig } from './config.js';
import { ConsoleModule } from './console.module.js';
import { ConsoleTools } from './console-tools.js';
import { ConsoleFilter } from './http/console.filter.js';
import { BEARER_TOKEN, registerAccess } from './http/access.js';
import { SessionCookie } from './http/session-cookie.js';
import { connectToGateways } from './keys/tell-gateways.js';
import { type MailSender, ShownSender, SmtpSender } from './mail/mail-sender.js';
import { Outbox } from './mail/outbox.js';
import { openStore } from './store/open-store.js';
import { openWebhookTools } from './webhooks/open-webhook-tools.js';

type Context = AppContext<ConsoleConfig>;

const BODY_BYTES = 64 * 1024;
const LEDGER_CONNECTIONS = 4;
const IDLE_CONNECTION_MS = 75_000;

/** Opens everything, serves, and registers how it all ends. */
export async function startConsole(context: Context): Promise<void> {
  const { config, logger, metrics, queues, shutdown } = context;
  if (config.OPERATOR_TOKEN !== undefined && !BEARER_TOKEN.test(config.OPERATOR_TOKEN)) {
    const message = 'must be 16 to 199 of letters, digits, - . _ ~ + /: it is sent in a header';
    throw new ConfigError([{ variable: 'OPERATOR_TOKEN', message }]);
  }
  await checkSchema(config.DATABASE_URL);
  const store = await openStore(config.DATABASE_URL, logger);
  probeStore(context, store);
  const ledger = createReadPool({
    url: config.DATABASE_URL,
    name: 'console reads',
    max: LEDGER_CONNECTIONS,
    onError: (error) => logger.warn({ err: error }, 'an idle connection to Postgres broke'),
  });
  watchPool(queues, 'read_connections', ledger);
  shutdown.register('connections', 'ledger', () => ledger.end());
  const passwords = new Passwords(metrics, queues);
  const keysChanged = connectToGateways(context);
  const outbox = runOutbox(context, store);
  const tools = new ConsoleTools({
    ...{ config, logger, store, ledger, passwords, outbox, keysChanged },
    webhooks: openWebhookTools(context),
  });

  const app = await createApp(context, tools);
  shutdown.registerIntake('http', () => drainHttpServer(app.getHttpServer(), () => app.close()));
  await app.listen({ port: config.PORT, host: config.HOST });
  logger.info({ url: await app.getUrl() }, 'listening');
}

function probeStore({ health, shutdown }: Context, store: DataSource): void {
  const stop = startProbe(health.check('store'), {
    ask: async () => {
      await store.query('SELECT 1');
      return undefined;
    },
  });
  shutdown.register('connections', 'store', async () => {
    stop();
    await store.destroy();
  });
}

/** Mails and the clearing of what has expired go on until the last request is answered. */
function runOutbox({ config, logger, health, shutdown }: Context, store: DataSource): Outbox {
  const check = health.check('mail', { required: false });
  let sender: MailSender;
  if (config.SMTP_URL === undefined) {
    sender = new ShownSender(logger);
    check.ok('no SMTP_URL: mails are shown in the log and to the operator');
  } else {
    sender = new SmtpSender(config.SMTP_URL, config.MAIL_FROM);
    check.ok();
  }
  const outbox = new Outbox({ store, sender, publicUrl: config.PUBLIC_URL, logger, health: check });
  const stopping = new AbortController();
  const running = Promise.all([outbox.run(stopping.signal), clearExpired(store, logger, stopping.signal)]);
  shutdown.register('inflight', 'mails', async () => {
    stopping.abort();
    await running;
    sender.close();
  });
  return outbox;
}

async function createApp(
  { config, logger, metrics, health }: Context,
  tools: ConsoleTools,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    logger: false,
    skipMiddie: true,
    schemaController: withoutSchemas,
    trustProxy: (_address: string, hop: number) => hop < config.PROXY_HOPS,
    bodyLimit: BODY_BYTES,
    connectionTimeout: IDLE_CONNECTION_MS,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 1_024 },
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      answerError(error, request, { reply, logger }),
  });
  const fastify = adapter.getInstance();
  // JSON alone: what a form can send, another site's form can send too.
  fastify.removeContentTypeParser('text/plain');
  registerRequestSpans(fastify);
  registerRequestMetrics(fastify, metrics);
  fastify.addHook('onRequest', (_request, reply, done) => {
    // Answers are about one person's session.
    reply.header('cache-control', 'no-store');
    done();
  });
  registerAccess(fastify, {
    store: tools.store,
    cookie: new SessionCookie(config.PUBLIC_URL),
    publicUrl: config.PUBLIC_URL,
    operatorToken: config.OPERATOR_TOKEN,
  });
  registerOperationsRoutes(fastify, { health });
  const app = await NestFactory.create<NestFastifyApplication>(ConsoleModule.with(tools), adapter, {
    logger: new NestLogger(logger),
    bodyParser: false,
    abortOnError: false,
  });
  app.useGlobalFilters(new ConsoleFilter(logger));
  return app;
}
