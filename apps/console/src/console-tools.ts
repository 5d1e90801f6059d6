import type { Logger } from '@pacspace/service';
import type { WebhookTools } from '@pacspace/webhooks';
import type { Plans } from '@pacspace/wire';
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import type { Passwords } from './auth/passwords.js';
import type { ConsoleConfig } from './config.js';
import type { KeysChanged } from './keys/tell-gateways.js';
import type { Outbox } from './mail/outbox.js';

export interface ConsoleParts {
  readonly config: ConsoleConfig;
  readonly logger: Logger;
  /** The administrative tables. */
  readonly store: DataSource;
  /** For reading the ledger. */
  readonly ledger: pg.Pool;
  readonly passwords: Passwords;
  readonly outbox: Outbox;
  readonly keysChanged: KeysChanged;
  /** Undefined: there is no key to keep their secrets under. */
  readonly webhooks: WebhookTools | undefined;
}

/** What the console's routes stand on: one object, made before Nest starts and injected by this class. */
export class ConsoleTools implements ConsoleParts {
  readonly config;
  readonly logger;
  readonly store;
  readonly ledger;
  readonly passwords;
  readonly outbox;
  readonly keysChanged;
  readonly webhooks;
  readonly plans: Plans;

  constructor(parts: ConsoleParts) {
    this.config = parts.config;
    this.logger = parts.logger;
    this.store = parts.store;
    this.ledger = parts.ledger;
    this.passwords = parts.passwords;
    this.outbox = parts.outbox;
    this.keysChanged = parts.keysChanged;
    this.webhooks = parts.webhooks;
    this.plans = parts.config.PLANS;
  }
}
