/**
 * One hash a lane holds both the lane's position and its customers, so that every command on it sees one state:
 *
 *   pac:lane:<lane>   sequence   log sequence that the balances are as of
 *                     envelopes  envelopes of the lane up to there
 *                     since      every customer changed after this sequence has a field
 *                     <environment>\n<customer>   see encodeBalance
 *
 * Whatever loses the position (a flush, an eviction, a restart without persistence) loses the balances with it, and
 * an old copy that is restored comes back with its old position: a balance without the position that it is true for
 * cannot be read.
 */
export const laneKey = (lane: number): string => `pac:lane:${lane}`;

export interface CustomerOfLane {
  readonly environmentId: string;
  readonly customerId: string;
}

/** No name has a line feed in it, so that no customer is taken for the position. */
export const customerField = (of: CustomerOfLane): string => `${of.environmentId}\n${of.customerId}`;

/** The position's fields. */
export const SEQUENCE = 'sequence';
export const ENVELOPES = 'envelopes';
export const SINCE = 'since';

export const isPositionField = (field: string): boolean => !field.includes('\n');
