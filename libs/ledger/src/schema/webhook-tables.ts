/**
 * Who is told of what, and what became of the telling. `endpoint` is changed by people; all else is written by the
 * notifier that holds the lane, and by whoever asks for something to be sent again. Times are ms since the epoch.
 */
export const WEBHOOK_TABLES = `
CREATE TABLE endpoint (
  created_at_ms      int8 NOT NULL,
  updated_at_ms      int8 NOT NULL,
  -- Until then the previous secret signs, too.
  previous_until_ms  int8,
  disabled_at_ms     int8,
  -- Rows stay until nothing refers to them any more.
  deleted_at_ms      int8,
  number             int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- Raised by every change, so that whoever keeps a copy notices.
  version            int4 NOT NULL DEFAULT 1,
  enabled            bool NOT NULL DEFAULT true,
  -- A customer's events one after the other: none is sent before the one ahead of it is delivered or given up.
  ordered            bool NOT NULL DEFAULT false,
  id                 text NOT NULL UNIQUE,
  tenant_id          text NOT NULL,
  environment_id     text NOT NULL,
  url                text NOT NULL,
  description        text NOT NULL DEFAULT '',
  -- Empty: all.
  events             text[] NOT NULL DEFAULT '{}',
  disabled_reason    text CHECK (disabled_reason IN ('operator', 'failing', 'gone')),
  -- Sealed with AES-256-GCM under the deployment's key, which is nowhere here.
  secret             bytea NOT NULL,
  previous_secret    bytea,
  CHECK (enabled = (disabled_reason IS NULL))
);
CREATE INDEX endpoint_environment ON endpoint (environment_id, number);

-- Counted with every batch of answers: apart from the endpoints, so that these are not written all the time.
CREATE TABLE endpoint_tally (
  succeeded         int8 NOT NULL DEFAULT 0,
  failed            int8 NOT NULL DEFAULT 0,
  last_attempt_ms   int8 NOT NULL,
  -- When the run of failures began that has not ended; null: the last attempt succeeded.
  failing_since_ms  int8,
  endpoint_no       int4 PRIMARY KEY REFERENCES endpoint (number) ON DELETE CASCADE
) WITH (fillfactor = 50);

-- How far the notifier has read a subject of the event stream: moved with what it made of it, from exactly where it was.
CREATE TABLE told (
  -- Of the stream: all messages up to it are done, and of the next one so many parts.
  sequence      int8 NOT NULL DEFAULT 0,
  parts         int4 NOT NULL DEFAULT 0,
  -- Of the log: the deltas up to it have been heard of. Outlives the stream.
  log_sequence  int8 NOT NULL DEFAULT 0,
  subject       text PRIMARY KEY
) WITH (fillfactor = 50);

-- Numbers the events of a customer, from 1.
CREATE TABLE customer_events (
  count           int8 NOT NULL,
  environment_id  text NOT NULL,
  customer_id     text NOT NULL,
  PRIMARY KEY (environment_id, customer_id)
) WITH (fillfactor = 60);

-- What is sent, once for all the endpoints that hear it: the bytes of the request's body.
CREATE TABLE event (
  created_at_ms   int8 NOT NULL,
  sequence        int8 NOT NULL,
  event_key       uuid PRIMARY KEY,
  environment_id  text NOT NULL,
  -- Empty: of no customer.
  customer_id     text NOT NULL,
  type            text NOT NULL,
  body            text NOT NULL
);
CREATE INDEX event_created ON event USING brin (created_at_ms);

-- state 0: waiting for its time; 1: held back by an earlier one of the same customer; 2: delivered; 3: given up.
CREATE TABLE delivery (
  ordinal         int8 GENERATED ALWAYS AS IDENTITY,
  created_at_ms   int8 NOT NULL,
  due_at_ms       int8 NOT NULL,
  finished_at_ms  int8,
  endpoint_no     int4 NOT NULL,
  lane            int4 NOT NULL,
  state           int2 NOT NULL DEFAULT 0,
  -- Of the round that is under way; a replay begins another.
  attempts        int2 NOT NULL DEFAULT 0,
  event_key       uuid NOT NULL,
  -- Of endpoints that want order alone; else null.
  customer_id     text,
  -- What each attempt came to, one JSON object a line, the latest last.
  tries           text NOT NULL DEFAULT '',
  PRIMARY KEY (event_key, endpoint_no)
) WITH (fillfactor = 80);
-- What is to be sent next, by endpoint: an endpoint that hangs, with a million waiting, is in nobody's way.
CREATE INDEX delivery_due ON delivery (lane, endpoint_no, due_at_ms, ordinal) WHERE state = 0;
CREATE INDEX delivery_ordered ON delivery (endpoint_no, customer_id, ordinal) WHERE state <= 1 AND customer_id IS NOT NULL;
CREATE INDEX delivery_log ON delivery (endpoint_no, created_at_ms, ordinal);
`;
