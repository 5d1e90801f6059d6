import type { Logger } from './logger.js';

export interface ShutdownStep {
  readonly name: string;
  readonly run: (timeIsUp: AbortSignal) => unknown;
}

export interface ShutdownPhaseRun {
  readonly phase: string;
  readonly steps: readonly ShutdownStep[];
  readonly timeLeftMs: number;
  readonly logger: Logger;
}

/** Less than this is given to no phase: a step that only closes a socket must still get its chance after a slow one. */
const LEAST_MS = 50;

/**
 * Runs the steps of one phase at the same time, and does not wait for them past the phase's time.
 * A step that throws or hangs is logged, and the others go on: one stuck driver must not keep the rest from draining.
 * @returns whether every step ended well and in time.
 */
export async function runPhase({ phase, steps, timeLeftMs, logger }: ShutdownPhaseRun): Promise<boolean> {
  if (steps.length === 0) return true;
  const timeIsUp = new AbortController();
  const timer = setTimeout(() => timeIsUp.abort(), Math.max(timeLeftMs, LEAST_MS));
  const outcomes = await Promise.all(
    steps.map((step) => runStep(step, phase, { timeIsUp: timeIsUp.signal, logger })),
  );
  clearTimeout(timer);
  return outcomes.every((clean) => clean);
}

interface StepSurroundings {
  readonly timeIsUp: AbortSignal;
  readonly logger: Logger;
}

async function runStep(
  step: ShutdownStep,
  phase: string,
  { timeIsUp, logger }: StepSurroundings,
): Promise<boolean> {
  const startedAt = performance.now();
  const tookMs = (): number => Math.round(performance.now() - startedAt);
  // One turn later than the abort itself: a step that cuts off at once has then ended in time.
  const cutOff = new Promise<'cut off'>((resolve) => {
    timeIsUp.addEventListener('abort', () => setImmediate(resolve, 'cut off'), { once: true });
  });
  try {
    const ended = (async () => {
      await step.run(timeIsUp);
      return 'ended' as const;
    })();
    ended.catch(() => undefined);
    if ((await Promise.race([ended, cutOff])) === 'cut off') {
      logger.error(
        { phase, step: step.name, tookMs: tookMs() },
        'shut-down step did not end in time: left behind',
      );
      return false;
    }
    logger.info({ phase, step: step.name, tookMs: tookMs() }, 'shut-down step done');
    return true;
  } catch (error) {
    logger.error({ phase, step: step.name, tookMs: tookMs(), err: error }, 'shut-down step failed');
    return false;
  }
}
