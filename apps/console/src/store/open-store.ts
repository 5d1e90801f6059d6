import { type Logger } from '@pacspace/service';
import { DataSource } from 'typeorm';
import { ENTITIES } from './entities.js';

const CONNECTIONS = 10;
const STATEMENT_TIMEOUT_MS = 10_000;

/** The administrative tables. Connects at the first use, and again after an outage. */
export async function openStore(databaseUrl: string, logger: Logger): Promise<DataSource> {
  const store = new DataSource({
    type: 'postgres',
    url: databaseUrl,
    applicationName: 'console',
    schema: 'console',
    entities: ENTITIES,
    synchronize: false,
    // The others write failures to the console, besides their being thrown.
    logger: 'debug',
    poolErrorHandler: (error: unknown) => logger.warn({ err: error }, 'an idle connection to Postgres broke'),
    extra: {
      max: CONNECTIONS,
      connectionTimeoutMillis: 5_000,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
      options: `-c search_path=console -c statement_timeout=${STATEMENT_TIMEOUT_MS}`,
      query_timeout: STATEMENT_TIMEOUT_MS + 1_000,
    },
  });
  return await store.initialize();
}
