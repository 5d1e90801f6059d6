/**
 * The public log of each environment (docs/spec/proofs.md, "The log"). Unlike the ledger these are facts that nothing
 * can make again: what was sealed, in which order, and which heads were signed. Rows are only ever added; the two
 * that change (`log`, and a head that a new key signs as well) only move forward.
 */
export const SEAL_TABLES = `
CREATE TABLE log (
  -- Seals in the log. Moved with them in one transaction, and only from where its writer found it: the fence.
  size             int8 NOT NULL DEFAULT 0,
  -- Time of the last seal: the next one is not earlier, whatever the clock says.
  sealed_at_ms     int8 NOT NULL DEFAULT 0,
  published_size   int8 NOT NULL DEFAULT 0,
  published_at_ms  int8 NOT NULL DEFAULT 0,
  number           int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- The latest period that is closed and sealed for all customers; -1: none.
  sealed_through   int4 NOT NULL DEFAULT -1,
  environment_id   text NOT NULL UNIQUE,
  -- Given once, and kept when the configuration changes: another origin would be another log.
  origin           text NOT NULL UNIQUE,
  -- The compact range of the log's tree: its subtree roots, largest first, 32 bytes each.
  frontier         bytea NOT NULL DEFAULT ''
) WITH (fillfactor = 50);

CREATE TABLE seal (
  log_index    int8 NOT NULL,
  -- Entries covered.
  count        int8 NOT NULL,
  log_no       int4 NOT NULL,
  customer_no  int4 NOT NULL,
  final        bool NOT NULL,
  -- A period as YYYY-MM, a window as its two ends, a subset as the root of its fingerprints.
  scope        text NOT NULL,
  root         bytea NOT NULL,
  leaf_hash    bytea NOT NULL,
  -- Canonical JSON: the bytes that the leaf is the hash of, never to be written another way.
  body         text NOT NULL,
  PRIMARY KEY (log_no, log_index)
);
CREATE INDEX seal_scope ON seal (customer_no, scope, log_index);
CREATE INDEX seal_root ON seal (root);

-- Subtree roots of the log's tree at levels 8, 16, 24, …: the hashes of its tiles above the leaves.
CREATE TABLE node (
  node_index  int8 NOT NULL,
  log_no      int4 NOT NULL,
  level       int2 NOT NULL,
  hash        bytea NOT NULL,
  PRIMARY KEY (log_no, level, node_index)
);

-- Every head that was ever shown to anybody, as the note that was signed.
CREATE TABLE head (
  size             int8 NOT NULL,
  published_at_ms  int8 NOT NULL,
  log_no           int4 NOT NULL,
  note             text NOT NULL,
  PRIMARY KEY (log_no, size)
);

-- Public keys by which a log's heads verify, the retired ones included.
CREATE TABLE log_key (
  valid_from_ms  int8 NOT NULL,
  log_no         int4 NOT NULL,
  public_key     bytea NOT NULL CHECK (length(public_key) = 32),
  PRIMARY KEY (log_no, public_key)
);

-- Seals of several customers that were made together, and the root over their leaves in order of customer id.
CREATE TABLE run (
  made_at_ms  int8 NOT NULL,
  -- Customers, and their entries together.
  count       int8 NOT NULL,
  entries     int8 NOT NULL,
  number      int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  log_no      int4 NOT NULL,
  scope       text NOT NULL,
  root        bytea NOT NULL,
  -- Log indexes of the seals.
  members     int8multirange NOT NULL,
  UNIQUE (log_no, scope, root)
);
CREATE INDEX run_root ON run (root);

-- Idempotency keys, and what they were answered with: a seal or a run.
CREATE TABLE request (
  log_index  int8,
  log_no     int4 NOT NULL,
  run_no     int4,
  key_hash   bytea NOT NULL,
  body_hash  bytea NOT NULL,
  PRIMARY KEY (log_no, key_hash),
  CHECK (num_nonnulls(log_index, run_no) = 1)
);
`;
