import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { waitFor } from '@pacspace/testing';

export interface ReceivedMail {
  /** As the envelope has them (RFC 5321). */
  readonly recipients: readonly string[];
  /** Header lines, unfolded and decoded. */
  readonly headers: readonly string[];
  readonly text: string;
}

/** As much of an SMTP server as takes mails in, and shows what came over the wire. */
export class MailServer {
  readonly mails: ReceivedMail[] = [];
  /** While true every mail is refused for now (451). */
  busy = false;
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => this.serve(socket));
  }

  static async start(): Promise<MailServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new MailServer(server);
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async waitForMail(to: string, subject: RegExp): Promise<ReceivedMail> {
    return await waitFor(() =>
      this.mails.findLast(
        ({ headers, recipients }) =>
          recipients.includes(to) &&
          headers.some((line) => line.startsWith('Subject: ') && subject.test(line)),
      ),
    );
  }

  /** The one-time token of the latest such mail; waits for it. */
  async tokenOf(kind: string, to: string): Promise<string> {
    const { text } = await this.waitForMail(to, SUBJECTS[kind] ?? /./);
    return /^ {2}(?:.*[?&]token=)?([\w-]{43})$/m.exec(text)?.[1] ?? '';
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket)).on('error', () => undefined);
    const say = (line: string): void => void socket.write(`${line}\r\n`);
    let recipients: string[] = [];
    let data: string[] | undefined;
    let rest = '';
    say('220 mail.test');
    socket.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (data !== undefined) {
          if (line !== '.') data.push(line.replace(/^\./, ''));
          else {
            if (!this.busy) this.mails.push(parseMail(recipients, data));
            say(this.busy ? '451 later' : '250 taken');
            [recipients, data] = [[], undefined];
          }
        } else if (/^RCPT TO:/i.test(line)) {
          recipients.push(/<(.*)>/.exec(line)?.[1] ?? line);
          say('250 ok');
        } else if (/^DATA/i.test(line)) {
          data = [];
          say('354 go on');
        } else if (/^QUIT/i.test(line)) {
          say('221 bye');
          socket.end();
        } else say('250 ok');
      }
    });
  }
}

const SUBJECTS: Readonly<Record<string, RegExp>> = {
  'access-approved': /approved/,
  'verify-email': /Verify/,
  'password-reset': /new password/,
  invitation: /invited/,
};

function parseMail(recipients: readonly string[], lines: readonly string[]): ReceivedMail {
  const end = lines.indexOf('');
  const headers = lines
    .slice(0, end)
    .join('\r\n')
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  const body = lines.slice(end + 1).join('\n');
  const isQuoted = headers.some((line) => /^Content-Transfer-Encoding: quoted-printable/i.test(line));
  return { recipients, headers: headers.map(decodeWords), text: isQuoted ? unquote(body) : body };
}

/** Encoded words (RFC 2047), of the one kind that is sent. */
function decodeWords(line: string): string {
  return line
    .replaceAll(/\?= =\?/g, '?==?')
    .replaceAll(/=\?UTF-8\?Q\?(.*?)\?=/g, (_, word: string) => unquote(word.replaceAll('_', ' ')));
}

/** Quoted-printable (RFC 2045, 6.7). */
function unquote(text: string): string {
  const bytes = text
    .replaceAll(/=\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}
