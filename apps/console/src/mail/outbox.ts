import { type HealthCheck, type Logger, sleep } from '@pacspace/service';
import type { DataSource, EntityManager } from 'typeorm';
import { Mail } from '../store/entities.js';
import { COMPOSERS, type MailKind, type MailOrder } from './compose-mail.js';
import type { MailSender } from './mail-sender.js';

const BATCH = 10;
const POLL_MS = 2_000;
const AFTER_FAILURE_MS = 5_000;
/** A process that dies with a mail in hand leaves it to the next one after this long. */
const CLAIM_SECONDS = 60;
const ATTEMPTS = 8;
const RETRY_BASE_SECONDS = 15;

/** Orders a mail in the transaction that it tells of. It says nothing yet: see compose-mail. */
export async function orderMail(manager: EntityManager, order: MailOrder): Promise<void> {
  await manager.insert(Mail, { ...order, attempts: 0, outcome: null, failure: null, shown: null });
}

interface ClaimedMail {
  number: string;
  kind: MailKind;
  recipient: string;
  subject_id: string;
  attempts: number;
}

/**
 * Sends what was ordered, by whichever replica comes first, and again with growing pauses when it fails; the last
 * attempt is some half an hour after the first. A mail may arrive twice, never by design not at all.
 */
export class Outbox {
  private poked = Promise.withResolvers<undefined>();

  constructor(
    private readonly parts: {
      readonly store: DataSource;
      readonly sender: MailSender;
      readonly publicUrl: string;
      readonly logger: Logger;
      readonly health: HealthCheck;
    },
  ) {}

  /** Something was ordered, and committed. */
  poke(): void {
    this.poked.resolve(undefined);
  }

  /** Runs until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      let pauseMs = POLL_MS;
      try {
        await this.sendDue(signal);
      } catch (error) {
        // The data base is away.
        this.parts.logger.warn({ err: error }, 'mails cannot be looked up');
        pauseMs = AFTER_FAILURE_MS;
      }
      await Promise.race([this.poked.promise, sleep(pauseMs, signal).catch(() => undefined)]);
      this.poked = Promise.withResolvers();
    }
  }

  private async sendDue(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && (await this.sendSome()) === BATCH);
  }

  /** @returns how many there were, at most a batch. */
  private async sendSome(): Promise<number> {
    const [claimed]: [ClaimedMail[], number] = await this.parts.store.query(
      `UPDATE console.mail SET attempts = attempts + 1, due_at = now() + make_interval(secs => $2)
        WHERE number IN (SELECT number FROM console.mail WHERE done_at IS NULL AND due_at <= now()
                          ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
        RETURNING number, kind, recipient, subject_id, attempts`,
      [BATCH, CLAIM_SECONDS],
    );
    for (const mail of claimed) await this.sendOne(mail);
    return claimed.length;
  }

  private async sendOne(mail: ClaimedMail): Promise<void> {
    const { store, sender, publicUrl, health, logger } = this.parts;
    const { number, kind, recipient, subject_id: subjectId, attempts } = mail;
    try {
      const composed = await COMPOSERS[kind](store.manager, { kind, recipient, subjectId }, publicUrl);
      if (composed === undefined) return await this.finish(number, 'nobody');
      await sender.send({ to: recipient, ...composed });
      const shown = `${composed.subject}\n\n${composed.text}`;
      await this.finish(number, sender.outcome, sender.outcome === 'shown' ? shown : undefined);
      if (sender.outcome === 'sent') health.ok();
    } catch (error) {
      const failure = String(error).slice(0, 500);
      logger.warn({ err: error, kind, attempts }, 'a mail could not be sent');
      health.degraded(`the last mail could not be sent: ${failure}`);
      if (attempts >= ATTEMPTS) await this.finish(number, 'given-up');
      await store.query(
        'UPDATE console.mail SET failure = $2, due_at = now() + make_interval(secs => $3) WHERE number = $1',
        [number, failure, RETRY_BASE_SECONDS * 2 ** (attempts - 1)],
      );
    }
  }

  private async finish(number: string, outcome: NonNullable<Mail['outcome']>, shown?: string): Promise<void> {
    await this.parts.store.query(
      'UPDATE console.mail SET done_at = now(), outcome = $2, shown = $3, failure = NULL WHERE number = $1',
      [number, outcome, shown ?? null],
    );
  }
}
