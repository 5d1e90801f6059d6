/**
 * The ledger's tables, with unqualified names: they are made in the schema `ledger`, and once more in a schema
 * beside it when the ledger is rebuilt from the log. Rows are narrow and hold nothing that can be recomputed from
 * the rest of the row (fingerprint and entry hash follow from it); eight-byte columns come first, so that no row
 * carries padding. Times are ms since the epoch, periods are months since year 0 (see the domain's Period).
 */
export const LEDGER_TABLES = `
CREATE TABLE lane (
  lane            int4 PRIMARY KEY,
  lanes           int4 NOT NULL,
  -- Raised when a rebuilt ledger takes the place of another, so that a writer that knew the old one stands down.
  epoch           int4 NOT NULL DEFAULT 0,
  -- The watermark: the log is folded up to and including this sequence.
  sequence        int8 NOT NULL DEFAULT 0,
  -- The events of the log up to here have been told. Trails the watermark by a turn, and is no part of the fold.
  told_sequence   int8 NOT NULL DEFAULT 0,
  envelopes       int8 NOT NULL DEFAULT 0,
  entries         int8 NOT NULL DEFAULT 0,
  duplicates      int8 NOT NULL DEFAULT 0,
  rejections      int8 NOT NULL DEFAULT 0,
  dead_letters    int8 NOT NULL DEFAULT 0,
  customers       int4 NOT NULL DEFAULT 0,
  recorded_at_ms  int8 NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

CREATE TABLE customer (
  count                 int8 NOT NULL,
  last_sequence         int8 NOT NULL,
  first_recorded_at_ms  int8 NOT NULL,
  last_recorded_at_ms   int8 NOT NULL,
  number                int4 PRIMARY KEY,
  lane                  int4 NOT NULL,
  -- The latest period that was closed for this customer alone; -1: none.
  closed_through        int4 NOT NULL DEFAULT -1,
  last_record_key       uuid NOT NULL,
  balance               numeric NOT NULL,
  environment_id        text NOT NULL,
  customer_id           text NOT NULL,
  UNIQUE (environment_id, customer_id)
  -- Updated at every turn, and no index names a changing column: with room on the page the update stays on it.
) WITH (fillfactor = 60);

CREATE TABLE customer_period (
  count        int8 NOT NULL,
  first_index  int8 NOT NULL,
  last_index   int8 NOT NULL,
  -- Event times of the period's earliest and latest delta.
  first_at_ms  int8 NOT NULL,
  last_at_ms   int8 NOT NULL,
  customer_no  int4 NOT NULL,
  period       int4 NOT NULL,
  net          numeric NOT NULL,
  -- The compact range of the period's tree: its subtree roots, largest first, 32 bytes each.
  frontier     bytea NOT NULL,
  PRIMARY KEY (customer_no, period)
) WITH (fillfactor = 60);

CREATE TABLE entry (
  idx             int8 NOT NULL,
  -- Leaf number in the period's tree.
  leaf            int8 NOT NULL,
  log_sequence    int8 NOT NULL,
  recorded_at_ms  int8 NOT NULL,
  occurred_at_ms  int8,
  customer_no     int4 NOT NULL,
  period          int4 NOT NULL,
  record_key      uuid NOT NULL,
  trace_id        uuid NOT NULL,
  adjusts_key     uuid,
  amount          numeric NOT NULL,
  balance         numeric NOT NULL,
  late            bool NOT NULL,
  reason          text NOT NULL,
  reference_id    text,
  metadata        text,
  salt            uuid,
  PRIMARY KEY (customer_no, idx, period)
) PARTITION BY RANGE (period);

-- Subtree roots at levels 8, 16, 24, …: one for 256 leaves, so that a proof reads few rows of any tree.
CREATE TABLE tree_node (
  node_index   int8 NOT NULL,
  customer_no  int4 NOT NULL,
  period       int4 NOT NULL,
  level        int2 NOT NULL,
  hash         bytea NOT NULL,
  PRIMARY KEY (customer_no, period, level, node_index)
) PARTITION BY RANGE (period);

-- Every key ever recorded, and where: deduplication for ever, and the way from a record id to its entry.
CREATE TABLE record (
  record_key   uuid PRIMARY KEY,
  idx          int8 NOT NULL,
  customer_no  int4 NOT NULL,
  period       int4 NOT NULL
);

CREATE TABLE rejection (
  sequence        int8 NOT NULL,
  recorded_at_ms  int8 NOT NULL,
  ordinal         int4 NOT NULL,
  lane            int4 NOT NULL,
  record_key      uuid NOT NULL,
  trace_id        uuid NOT NULL,
  fingerprint     bytea NOT NULL,
  amount          numeric NOT NULL,
  environment_id  text NOT NULL,
  customer_id     text NOT NULL,
  code            text NOT NULL,
  PRIMARY KEY (lane, sequence, ordinal)
);
CREATE INDEX rejection_record_key ON rejection (record_key);
CREATE INDEX rejection_customer ON rejection (environment_id, customer_id, sequence);

-- From this place of the lane's log on, nothing counts in this period or an earlier one any more.
CREATE TABLE closing (
  log_sequence    int8 NOT NULL,
  lane            int4 NOT NULL,
  -- Null: for all the environment's customers in the lane.
  customer_no     int4,
  period          int4 NOT NULL,
  environment_id  text NOT NULL,
  PRIMARY KEY (lane, log_sequence)
);
CREATE INDEX closing_environment ON closing (environment_id, lane, period) WHERE customer_no IS NULL;
CREATE INDEX closing_customer ON closing (customer_no, period) WHERE customer_no IS NOT NULL;

-- Makes room for a period. A partition is made beside the table and then attached, because CREATE … PARTITION OF
-- would lock out every reader and writer of the table meanwhile.
CREATE FUNCTION ensure_period(p int4) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
  parent text;
  part text;
  suffix text := lpad((p / 12)::text, 4, '0') || '_' || lpad((p % 12 + 1)::text, 2, '0');
BEGIN
  -- Two lanes may meet the first delta of a month at the same moment.
  PERFORM pg_advisory_xact_lock(hashtext(current_schema()), p);
  FOREACH parent IN ARRAY ARRAY['entry', 'tree_node'] LOOP
    part := parent || '_' || suffix;
    IF to_regclass(quote_ident(current_schema()) || '.' || quote_ident(part)) IS NULL THEN
      EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL, CHECK (period = %s))', part, parent, p);
      EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', parent, part, p, p + 1);
    END IF;
  END LOOP;
END
$body$;
`;
