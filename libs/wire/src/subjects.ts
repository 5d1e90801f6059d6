/** Names on the message system. One NATS account holds one deployment, so the names need no prefix. */

/** The log: every accepted delta, in envelopes, one subject a lane. */
export const DELTAS_STREAM = 'DELTAS';
export const deltasSubject = (lane: number): string => `deltas.${lane}`;

/** What became of the deltas, one message a projector turn, one subject a lane. */
export const EVENTS_STREAM = 'EVENTS';
export const eventsSubject = (lane: number): string => `events.${lane}`;
/** What else became true of the lane's customers: seals, comparisons. In the same stream, told by others than the projector. */
export const factsSubject = (lane: number): string => `events.facts-${lane}`;

/** Statements to be read and comparisons to be made: each is taken by one comparer, and stays until it is done. */
export const COMPARE_WORK_STREAM = 'COMPARISONS';
export const COMPARE_WORK_SUBJECT = 'work.compare';
export const COMPARE_WORKERS = 'comparers';

/** Messages nobody could process, kept with the reason. */
export const DEAD_LETTERS_STREAM = 'DEADLETTERS';
export const deadLettersSubject = (lane: number): string => `dead.deltas.${lane}`;

/** Core NATS (not stored): "this lane is projected up to …", said after each turn so that waiting reads wake. */
export const projectedSubject = (lane: number): string => `projected.${lane}`;
export const PROJECTED_SUBJECTS = 'projected.*';

/** How the name of the consumer begins through which the projector reads a lane; its lag is the lane's lag. */
export const projectorConsumer = (lane: number): string => `projector-${lane}`;

/** Core NATS (not stored): "these keys are to be read again", said by whoever changes them. */
export const KEYS_CHANGED = 'keys.changed';

/** Core NATS: "who holds units of this environment's plan that it does not need is to give them back", among gateways. */
export const UNITS_WANTED = 'plan.wanted';

/** Message headers. `Nats-Msg-Id` makes a retried publish harmless within the stream's duplicate window. */
export const HEADER_PUBLISH_ID = 'Nats-Msg-Id';
export const HEADER_TRACEPARENT = 'traceparent';
export const HEADER_DEAD_REASON = 'Pacspace-Dead-Reason';
export const HEADER_DEAD_SEQUENCE = 'Pacspace-Dead-Sequence';
