import { type AppContext, type HealthCheck, type Logger, sleep } from '@pacspace/service';

const TELL_EVERY_MS = 500;

export interface Facts {
  /** What is told, as in "seals cannot be told of now". */
  readonly what: string;
  /** Tells the event stream of some that it has not heard of; returns how many, 0 when it has heard of all. */
  readonly tellSome: () => Promise<number>;
}

/**
 * Tells of all there is, again and again, and says in the check `facts` whether it can.
 *
 * @returns what stops it, and resolves when it has told once more: of what was made until then.
 */
export function tellFacts(
  { health, logger }: Pick<AppContext<unknown>, 'health' | 'logger'>,
  facts: Facts,
): () => Promise<void> {
  const check = health.check('facts', { required: false });
  const stopping = new AbortController();
  const told = tellUntil(stopping.signal, () => tellAll(facts, check, logger));
  return async () => {
    stopping.abort();
    await told;
  };
}

async function tellUntil(signal: AbortSignal, tell: () => Promise<void>): Promise<void> {
  do await tell();
  while (await sleep(TELL_EVERY_MS, signal));
  await tell();
}

async function tellAll({ what, tellSome }: Facts, check: HealthCheck, logger: Logger): Promise<void> {
  try {
    while ((await tellSome()) > 0);
    check.ok();
  } catch (error) {
    if (check.state === 'ok') logger.warn({ err: error }, `${what} cannot be told of now`);
    check.degraded(`${what} cannot be told of: ${String(error)}`);
  }
}
