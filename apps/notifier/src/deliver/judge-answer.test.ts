import { describe, expect, it } from '@jest/globals';
import { judgeAnswer, toAttempt } from './judge-answer.js';
import type { Answer } from './send-request.js';

const at = { attempts: 0, nowMs: 1_000, random: () => 0.5 };
const answer = (code: number, retryAfter?: string): Answer => ({
  kind: 'answer',
  code,
  text: '',
  retryAfter,
});

describe('judgeAnswer', () => {
  it.each([200, 201, 204, 299])('takes %i for a delivery', (code) => {
    expect(judgeAnswer(answer(code), at)).toEqual({ state: 'delivered' });
  });

  it.each([199, 301, 302, 307, 308, 400, 401, 404, 409, 429, 500, 503])('tries again after %i', (code) => {
    expect(judgeAnswer(answer(code), at)).toEqual({ state: 'waiting', dueAtMs: 6_000 });
  });

  it('tries again when there was no answer', () => {
    expect(judgeAnswer({ kind: 'error', reason: 'reset' }, at)).toEqual({ state: 'waiting', dueAtMs: 6_000 });
  });

  it('sends nothing any more to what is gone', () => {
    expect(judgeAnswer(answer(410), at)).toEqual({ state: 'dead', gone: true });
  });

  it('waits for as long as it is asked to', () => {
    expect(judgeAnswer(answer(503, '60'), at)).toEqual({ state: 'waiting', dueAtMs: 61_000 });
    expect(judgeAnswer(answer(429, 'Thu, 01 Jan 1970 00:02:01 GMT'), at)).toEqual({
      state: 'waiting',
      dueAtMs: 121_000,
    });
  });

  it('gives up after the tenth try', () => {
    expect(judgeAnswer(answer(500), { ...at, attempts: 8 })).toMatchObject({ state: 'waiting' });
    expect(judgeAnswer(answer(500, '60'), { ...at, attempts: 9 })).toEqual({ state: 'dead', gone: false });
  });
});

describe('toAttempt', () => {
  it('says what happened, for people', () => {
    expect(toAttempt({ ...answer(200), text: 'thanks' } as Answer, 5, 7)).toEqual({
      at: 5,
      ms: 7,
      code: 200,
      answer: 'thanks',
    });
    expect(toAttempt(answer(302), 5, 7)).toEqual({
      at: 5,
      ms: 7,
      code: 302,
      error: 'redirects are not followed',
    });
    expect(toAttempt(answer(500), 5, 7)).toEqual({ at: 5, ms: 7, code: 500, error: 'not taken' });
    expect(toAttempt({ kind: 'error', reason: 'reset' }, 5, 7)).toEqual({ at: 5, ms: 7, error: 'reset' });
  });
});
