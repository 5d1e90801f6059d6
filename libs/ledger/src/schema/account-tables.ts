/**
 * People and what they may do, how much an environment may record, and who changed what. Whatever is a secret is here
 * as a hash only: passwords as argon2id, tokens and session cookies as SHA-256, since those are 256 random bits.
 */
export const ACCOUNT_TABLES = `
ALTER TABLE tenant ADD COLUMN buyer_mode text;

ALTER TABLE api_key
  ADD COLUMN created_by   text,
  -- A rotated key's former credential lives on in a row of its own until it expires, and names the key that it was of.
  ADD COLUMN replaced_by  text REFERENCES api_key (id) ON DELETE CASCADE;

-- One row an address, whatever becomes of it: asking again is the same statement for everybody.
CREATE TABLE access_request (
  id            text PRIMARY KEY,
  email         text NOT NULL UNIQUE,
  name          text NOT NULL,
  organization  text NOT NULL,
  buyer_mode    text NOT NULL,
  use_case      text NOT NULL,
  state         text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'approved', 'denied', 'registered')),
  plan          text,
  asked_times   int4 NOT NULL DEFAULT 1,
  decided_at    timestamptz,
  created_at    timestamptz NOT NULL DEFAULT now(),
  asked_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX access_request_state ON access_request (state, created_at);

CREATE TABLE account (
  id             text PRIMARY KEY,
  tenant_id      text NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  email          text NOT NULL UNIQUE,
  name           text NOT NULL,
  role           text NOT NULL CHECK (role IN ('owner', 'admin', 'manager', 'viewer')),
  password_hash  text NOT NULL,
  verified_at    timestamptz,
  created_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX account_tenant ON account (tenant_id);

CREATE TABLE invitation (
  id          text PRIMARY KEY,
  tenant_id   text NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  email       text NOT NULL,
  role        text NOT NULL CHECK (role IN ('owner', 'admin', 'manager', 'viewer')),
  invited_by  text NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  UNIQUE (tenant_id, email)
);

CREATE TABLE session (
  id            text PRIMARY KEY,
  token_hash    bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  account_id    text NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  kind          text NOT NULL CHECK (kind IN ('cookie', 'bearer')),
  address       text NOT NULL,
  user_agent    text NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now(),
  last_seen_at  timestamptz NOT NULL DEFAULT now(),
  expires_at    timestamptz NOT NULL
);
CREATE INDEX session_account ON session (account_id, address);

-- Used by being deleted: of two who present the same token at the same moment, one finds a row.
CREATE TABLE one_time_token (
  hash        bytea PRIMARY KEY CHECK (length(hash) = 32),
  purpose     text NOT NULL CHECK (purpose IN ('approval', 'invitation', 'verify-email', 'password-reset')),
  subject_id  text NOT NULL,
  expires_at  timestamptz NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX one_time_token_subject ON one_time_token (subject_id);

-- What is to be sent, and not yet what it says: a token is made when the mail is, so that none is stored.
CREATE TABLE mail (
  number      int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind        text NOT NULL,
  recipient   text NOT NULL,
  subject_id  text NOT NULL,
  attempts    int4 NOT NULL DEFAULT 0,
  due_at      timestamptz NOT NULL DEFAULT now(),
  done_at     timestamptz,
  outcome     text CHECK (outcome IN ('sent', 'shown', 'nobody', 'given-up')),
  failure     text,
  -- The text, where there is no mail server and the operator is shown it instead.
  shown       text,
  created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX mail_due ON mail (due_at) WHERE done_at IS NULL;

-- Attempts at guessing something, by a hash of whose.
CREATE TABLE throttle (
  key         bytea PRIMARY KEY,
  failures    int4 NOT NULL,
  free_at     timestamptz NOT NULL,
  touched_at  timestamptz NOT NULL
);
CREATE INDEX throttle_touched ON throttle (touched_at);

-- Without foreign keys: it outlives what it tells of.
CREATE TABLE audit_event (
  number      int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  tenant_id   text,
  actor_kind  text NOT NULL CHECK (actor_kind IN ('account', 'operator', 'visitor')),
  actor_id    text,
  actor_name  text,
  action      text NOT NULL,
  target      text,
  detail      jsonb NOT NULL DEFAULT '{}',
  address     text,
  trace_id    text
);
CREATE INDEX audit_event_tenant ON audit_event (tenant_id, number);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What gateways hold of a month's allowance, used or not, that the ledger's usage does not count yet.
CREATE TABLE quota_lease (
  units           int8 NOT NULL CHECK (units >= 0),
  expires_at      timestamptz NOT NULL,
  month           int4 NOT NULL,
  environment_id  text NOT NULL,
  gateway_id      text NOT NULL,
  PRIMARY KEY (environment_id, month, gateway_id)
) WITH (fillfactor = 50);
`;
