import { type Attempt, nextTryAt, parseRetryAfter } from '@pacspace/webhooks';
import type { Answer } from './send-request.js';

/** What becomes of a delivery after a try. */
export type Verdict =
  | { readonly state: 'delivered' }
  | { readonly state: 'waiting'; readonly dueAtMs: number }
  /** `gone`: the receiver wishes no more events at all. */
  | { readonly state: 'dead'; readonly gone: boolean };

export interface TriedAt {
  /** Tries of the round before this one. */
  readonly attempts: number;
  readonly nowMs: number;
  readonly random: () => number;
}

/** 2xx: delivered. 410: never again. All else is tried again until the schedule ends: a redirect, too, is not followed. */
export function judgeAnswer(answer: Answer, { attempts, nowMs, random }: TriedAt): Verdict {
  if (answer.kind === 'answer') {
    if (answer.code >= 200 && answer.code < 300) return { state: 'delivered' };
    if (answer.code === 410) return { state: 'dead', gone: true };
  }
  const retryAfterMs = answer.kind === 'answer' ? parseRetryAfter(answer.retryAfter, nowMs) : undefined;
  const dueAtMs = nextTryAt({ attempts: attempts + 1, nowMs, retryAfterMs, random });
  return dueAtMs === undefined ? { state: 'dead', gone: false } : { state: 'waiting', dueAtMs };
}

export function toAttempt(answer: Answer, at: number, ms: number): Attempt {
  if (answer.kind === 'error') return { at, ms, error: answer.reason };
  const { code, text } = answer;
  const error =
    code >= 300 && code < 400
      ? 'redirects are not followed'
      : code >= 200 && code < 300
        ? undefined
        : 'not taken';
  return { at, ms, code, ...(error !== undefined && { error }), ...(text !== '' && { answer: text }) };
}
