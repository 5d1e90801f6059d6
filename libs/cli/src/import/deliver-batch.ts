import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from '../errors.js';
import type { MappedDelta } from './map-rows.js';
import type { Patience } from './patience.js';
import type { DeltaAnswer, PostOutcome } from './post-deltas.js';

export interface DeliveryTools {
  /** For messages. */
  readonly baseUrl: string;
  readonly post: (lines: readonly string[], signal: AbortSignal) => Promise<PostOutcome>;
  readonly patience: Patience;
  /** Aborted when no answer may be waited for any longer. */
  readonly signal: AbortSignal;
  /** Aborted when what fails now is not to be tried again. */
  readonly lastTry: AbortSignal;
  /** Told of every try that came to nothing. */
  readonly onRetry: (reason: string, pauseMs: number) => void;
}

export type FinalAnswer = Exclude<DeltaAnswer, { kind: 'busy' }>;

/**
 * Sends deltas until each has a final answer, and hands each answer over as it comes. Sending one again is harmless:
 * its key stays the same.
 *
 * @returns false when a signal ended it first.
 * @throws CliError when the server refuses them all, or has not been reached for too long.
 */
export async function deliverBatch(
  batch: readonly MappedDelta[],
  tools: DeliveryTools,
  settle: (delta: MappedDelta, answer: FinalAnswer) => void,
): Promise<boolean> {
  let open = batch;
  for (let tries = 0; ; tries += 1) {
    const outcome = await tools.post(
      open.map((delta) => delta.json),
      tools.signal,
    );
    if (outcome.kind === 'refused') throw outcome.error;
    let { reason, retryAfterMs } = { reason: '', retryAfterMs: 0 };
    if (outcome.kind === 'busy') {
      ({ reason, retryAfterMs } = outcome);
      if (outcome.isHeard) tools.patience.heard();
    } else {
      const again: MappedDelta[] = [];
      open.forEach((delta, i) => {
        const answer = outcome.answers[i];
        if (answer === undefined || answer.kind === 'busy') {
          again.push(delta);
          reason = answer?.reason ?? reason;
        } else {
          settle(delta, answer);
        }
      });
      if (again.length < open.length) tools.patience.progressed();
      if (again.length === 0) return true;
      open = again;
    }
    if (tools.lastTry.aborted) return false;
    const pauseMs = tools.patience.pauseMs(tries, retryAfterMs);
    if (pauseMs === undefined) throw giveUp(reason, tools);
    tools.onRetry(reason, pauseMs);
    try {
      await sleep(pauseMs, undefined, { signal: tools.lastTry });
    } catch {
      return false;
    }
  }
}

function giveUp(reason: string, { baseUrl, patience }: DeliveryTools): CliError {
  const message = patience.hasHeard
    ? `the server at ${baseUrl} has taken nothing for too long (${reason}). Look at its health, or wait longer with --retry-for.`
    : `the server at ${baseUrl} cannot be reached (${reason}). Does it run, and is the URL right?`;
  return new CliError('UNREACHABLE', message);
}
