import { describe, expect, it } from '@jest/globals';
import { parseDelivery } from './delivery.js';

const info = {
  times: 1,
  streamSequence: 1234,
  consumerSequence: 7,
  recordedAtMs: 1_795_493_081_348,
};

describe('parseDelivery', () => {
  it.each([
    '$JS.ACK.DELTAS.projector-0-abc.1.1234.7.1795493081348541901.4',
    '$JS.ACK._.hash.DELTAS.projector-0-abc.1.1234.7.1795493081348541901.4',
    '$JS.ACK.hub.hash.DELTAS.projector-0-abc.1.1234.7.1795493081348541901.4.token',
  ])('reads %s', (subject) => {
    expect(parseDelivery(subject)).toEqual(info);
  });

  it('cuts nanoseconds off, and never rounds up to the next millisecond', () => {
    const subject = '$JS.ACK.DELTAS.c.1.1234.7.1795493081348999999.4';
    expect(parseDelivery(subject)).toEqual(info);
    expect(Math.floor(Number('1795493081348999999') / 1e6)).toBe(info.recordedAtMs + 1); // what a double makes of it
  });

  it.each([
    '',
    '_INBOX.abc',
    '$JS.ACK.DELTAS.c.1.2.3.1795493081348541901',
    '$JS.ACK.x.DELTAS.c.1.2.3.1795493081348541901.0',
    '$JS.ACK.DELTAS.c.one.2.3.1795493081348541901.0',
    '$JS.ACK.DELTAS.c.1.2.3.soon.0',
    '$JS.NAK.DELTAS.c.1.2.3.1795493081348541901.0',
  ])('refuses %j', (subject) => {
    expect(parseDelivery(subject)).toBeUndefined();
  });
});
