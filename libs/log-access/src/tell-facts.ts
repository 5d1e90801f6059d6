import { type HealthCheck, type Logger, sleep } from '@pacspace/service';

const TELL_EVERY_MS = 500;

export interface Telling {
  /** Of what is told, as in "seals cannot be told of now". */
  readonly what: string;
  /** Tells the event stream of some that it has not heard of; returns how many, 0 when it has heard of all. */
  readonly tellSome: () => Promise<number>;
  readonly health: HealthCheck;
  readonly logger: Logger;
}

/** Tells of all there is, again and again until the signal, and once more then: of what was made until the end. */
export async function tellFacts(telling: Telling, signal: AbortSignal): Promise<void> {
  do await tellAll(telling);
  while (await sleep(TELL_EVERY_MS, signal));
  await tellAll(telling);
}

async function tellAll({ what, tellSome, health, logger }: Telling): Promise<void> {
  try {
    while ((await tellSome()) > 0);
    health.ok();
  } catch (error) {
    if (health.state === 'ok') logger.warn({ err: error }, `${what} cannot be told of now`);
    health.degraded(`${what} cannot be told of: ${String(error)}`);
  }
}
