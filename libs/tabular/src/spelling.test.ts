import { describe, expect, it } from '@jest/globals';
import { respell, type Spelling } from './spelling.js';

const asFlag: Spelling = (option, value) => `--${option} ${value}`;

describe('respell', () => {
  it.each([
    [
      'say timeZone=utc, timeZone=+02:00 or timeZone=Europe/Berlin',
      'say --timeZone utc, --timeZone +02:00 or --timeZone Europe/Berlin',
    ],
    ['say decimalMark=, or decimalMark=.', 'say --decimalMark , or --decimalMark .'],
    ['the column "encoding" is not there', 'the column "encoding" is not there'],
    ['no option=here', 'no option=here'],
  ])('%s', (message, expected) => {
    expect(respell(message, asFlag)).toBe(expected);
  });
});
