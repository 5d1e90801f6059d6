import { logVariables } from '@pacspace/log-access';
import { integer, secret, text, url } from '@pacspace/service';
import { z } from 'zod';

/** Goes into origins, key names and paths as it is. */
const ORIGIN_HOST = /^[A-Za-z0-9.\-_~]+(?::\d{1,5})?(?:\/[A-Za-z0-9.\-_~]+)*$/;
const ORIGIN_HOST_LENGTH = 200;

/** What the checkpointer is told by its environment, beside what every app is (libs/service). */
export const checkpointerConfig = z.object({
  ...logVariables,
  DATABASE_URL: url('the data base of the ledger and of the seals', 'postgres'),
  LOG_ORIGIN_HOST: text(
    'what the origins of new logs begin with: a name that is yours, followed by the environment’s id',
    'logs.example.com',
  )
    .refine(
      (host) => ORIGIN_HOST.test(host) && host.length <= ORIGIN_HOST_LENGTH,
      'must be a host name, with a path if you like, without white space and plus signs',
    )
    .default('pacspace.local'),
  LOG_SIGNING_KEY: secret(
    'the secret that every log’s signing key is derived from: 32 random bytes, as 64 hex digits. Not set: it is kept in ' +
      'DATA_DIR/keys, made at the first start. To rotate, start with another one',
    { minLength: 64 },
  ).optional(),
  DATA_DIR: text('where the signing secret is kept when LOG_SIGNING_KEY is not set', '.data').default(
    '.data',
  ),
  SEAL_GRACE_SECONDS: integer(
    'how long after the end of a month it is closed and sealed by itself: what comes later counts in the next one',
    { min: 0, max: 28 * 86_400, unit: 'seconds', example: 259_200 },
  ).default(259_200),
  SEAL_EVERY_SECONDS: integer('how often to look whether a month is due', {
    min: 1,
    max: 3_600,
    unit: 'seconds',
    example: 60,
  }).default(60),
});

export type CheckpointerConfig = z.output<typeof checkpointerConfig>;
