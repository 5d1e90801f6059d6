import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  answerError,
  ProblemFilter,
  registerRequestMetrics,
  registerRequestSpans,
  withoutSchemas,
} from '@pacspace/http';
import { type AppContext, drainHttpServer, NestLogger, registerOperationsRoutes } from '@pacspace/service';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { registerAuthentication } from './auth/authenticate.js';
import type { GatewayConfig } from './config.js';
import { forwardDashboard } from './dashboard/forward-dashboard.js';
import { serveDocs } from './docs/serve-docs.js';
import { GatewayModule } from './gateway.module.js';
import type { GatewayResources } from './gateway-resources.js';
import { registerBodyParsers } from './http/body-parsers.js';
import { ByteBudget } from './http/byte-budget.js';
import { openResources } from './open-resources.js';
import { allowOtherSites } from './receipts/verify.controller.js';

/** JSON bodies over 4 kB that are held in memory at the same time; parsed, a body takes a few times its bytes. */
const BODY_BUDGET = { bytes: 20 * 1024 * 1024, waitLimit: 1_000, waitMs: 10_000 };

/**
 * A connection on which nothing moves for this long is cut: a client that does not read its answer, or does not send
 * its body, cannot hold memory for longer.
 */
const IDLE_CONNECTION_MS = 75_000;

/** Opens everything, serves, and registers how it all ends. Resolves with the base URL. */
export async function startGateway(context: AppContext<GatewayConfig>): Promise<string> {
  const resources = await openResources(context);
  const { config, logger, shutdown } = context;
  const app = await createApp(resources);
  shutdown.registerIntake('http', () => drainHttpServer(app.getHttpServer(), () => app.close()));
  await app.listen({ port: config.PORT, host: config.HOST });
  const url = await app.getUrl();
  logger.info({ url }, 'listening');
  return url;
}

async function createApp(resources: GatewayResources): Promise<NestFastifyApplication> {
  const { logger } = resources;
  const adapter = new FastifyAdapter({
    logger: false,
    // No middleware is used, and its registry costs every request.
    skipMiddie: true,
    schemaController: withoutSchemas,
    connectionTimeout: IDLE_CONNECTION_MS,
    requestTimeout: 0,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 1_024 },
    // What the router itself refuses, a malformed escape in the path, never reaches a filter.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      answerError(error, request, { reply, logger }),
  });
  registerHooks(adapter.getInstance(), resources);
  const app = await NestFactory.create<NestFastifyApplication>(GatewayModule.with(resources), adapter, {
    logger: new NestLogger(logger),
    bodyParser: false,
    abortOnError: false,
  });
  app.useGlobalFilters(new ProblemFilter(logger));
  return app;
}

/** In the order in which a request meets them: its span, its caller, its body. */
function registerHooks(fastify: FastifyInstance, resources: GatewayResources): void {
  const { config, admission, health, logger, metrics, queues, shutdown } = resources;
  registerRequestSpans(fastify);
  registerRequestMetrics(fastify, metrics);
  registerAuthentication(fastify, admission, config.KEYS_TAKEN);
  const budget = new ByteBudget(BODY_BUDGET);
  queues.watch('body_bytes', () => budget.level());
  registerBodyParsers(fastify, budget);
  // Whoever finds the API may ask whether it is well; its figures are on OPERATIONS_PORT.
  registerOperationsRoutes(fastify, { health });
  allowOtherSites(fastify);
  serveDocs(fastify);
  if (config.CONSOLE_URL !== undefined) {
    forwardDashboard(fastify, { consoleUrl: config.CONSOLE_URL, health, logger, shutdown });
  }
}
