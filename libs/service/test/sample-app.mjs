// A small app on the chassis, as it is deployed: run by run-app.int.test.ts, with the signals that an orchestrator sends.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { z } from 'zod';
import { boolean, drainHttpServer, port, runApp, secret, sleep, startSpan } from '@pacspace/service';

const config = z.object({
  PORT: port('public HTTP').default(0),
  SAMPLE_SECRET: secret('anything'),
  SAMPLE_START_WAITS: boolean('the start takes until SIGUSR2').default(false),
  SAMPLE_START_FAILS: boolean('the start fails').default(false),
  SAMPLE_HANGS: boolean('what is under way never ends').default(false),
});

await runApp({
  name: 'sample',
  version: '1.2.3',
  config,
  async main({ config, logger, shutdown }) {
    if (config.SAMPLE_START_FAILS) throw new Error('no such stream');
    if (config.SAMPLE_START_WAITS) await once(process, 'SIGUSR2', { signal: shutdown.signal });

    const server = createServer(async (request, response) => {
      const span = startSpan('GET /work', { root: true });
      if (request.url === '/throw') setImmediate(() => Promise.reject.call(null)); // a TypeError out of nowhere
      if (request.url === '/reject') void Promise.reject(new Error('nobody listens'));
      if (request.url === '/work') {
        logger.info('work begun');
        await once(process, 'SIGUSR2');
      }
      response.end(span.spanContext().traceId);
      span.end();
    });
    await new Promise((resolve) => server.listen(config.PORT, '127.0.0.1', resolve));
    logger.info({ port: server.address().port, secret: config.SAMPLE_SECRET }, 'sample listens');
    shutdown.registerIntake('http', () => drainHttpServer(server));
    if (config.SAMPLE_HANGS) shutdown.register('inflight', 'hang', () => new Promise(() => undefined));
    shutdown.register('connections', 'nats', () => sleep(5));
  },
});
