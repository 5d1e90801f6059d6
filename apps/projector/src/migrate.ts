import { migrate } from '@pacspace/ledger';
import { createLogger, loadConfig } from '@pacspace/service';
import { projectorConfig } from './config.js';

/** The migration step: `node apps/projector/dist/migrate.js`, before the apps of a new version start. */
const logger = createLogger({ app: 'migrate' });
const { DATABASE_URL } = loadConfig(projectorConfig.pick({ DATABASE_URL: true }));
const done = await migrate(DATABASE_URL);
logger.info(
  { migrations: done },
  done.length === 0 ? 'the schema was up to date' : 'the schema is up to date now',
);
