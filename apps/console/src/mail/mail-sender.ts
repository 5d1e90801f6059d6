import { type Logger } from '@pacspace/service';
import { createTransport, type Transporter } from 'nodemailer';

export interface MailToSend {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** The one-time token in the text, if there is one. */
  readonly code?: string;
}

/** How mails leave. */
export abstract class MailSender {
  /** `shown`: there is no mail server; the operator reads the text instead. */
  abstract readonly outcome: 'sent' | 'shown';
  /** @throws when the mail may be tried again. */
  abstract send(mail: MailToSend): Promise<void>;
  abstract close(): void;
}

const TIMEOUT_MS = 10_000;

export class SmtpSender extends MailSender {
  readonly outcome = 'sent';
  private readonly transport: Transporter;

  constructor(
    url: string,
    private readonly from: string,
  ) {
    super();
    this.transport = createTransport(
      {
        url,
        pool: true,
        maxConnections: 2,
        connectionTimeout: TIMEOUT_MS,
        greetingTimeout: TIMEOUT_MS,
        socketTimeout: TIMEOUT_MS,
        // A mail is text of ours: no attachment is read from a path or fetched.
        disableFileAccess: true,
        disableUrlAccess: true,
      },
      { from },
    );
  }

  async send({ to, subject, text }: MailToSend): Promise<void> {
    // An address as an object is taken as it is: nothing in it can name further recipients.
    await this.transport.sendMail({ from: this.from, to: { name: '', address: to }, subject, text });
  }

  close(): void {
    this.transport.close();
  }
}

/** For a machine without a mail server: the log has the text, and its token beside it, since the log masks links. */
export class ShownSender extends MailSender {
  readonly outcome = 'shown';

  constructor(private readonly logger: Logger) {
    super();
  }

  send({ to, subject, text, code }: MailToSend): Promise<void> {
    this.logger.info({ mail: { to, subject, text, code } }, 'a mail that is not sent: no SMTP_URL is set');
    return Promise.resolve();
  }

  close(): void {
    // Holds nothing.
  }
}
