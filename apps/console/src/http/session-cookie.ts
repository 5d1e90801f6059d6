import { parseCookie, stringifySetCookie } from 'cookie';

/**
 * The session's cookie. Over https it has the `__Host-` prefix: a browser takes it from this very host only, over TLS,
 * so that no neighbouring subdomain can plant one.
 */
export class SessionCookie {
  readonly name: string;
  private readonly secure: boolean;

  constructor(publicUrl: string) {
    this.secure = publicUrl.startsWith('https:');
    this.name = this.secure ? '__Host-pacspace_session' : 'pacspace_session';
  }

  read(header: string | undefined): string | undefined {
    return header === undefined ? undefined : parseCookie(header)[this.name];
  }

  set(token: string, maxAgeSeconds: number): string {
    return this.write(token, maxAgeSeconds);
  }

  clear(): string {
    return this.write('', 0);
  }

  private write(value: string, maxAge: number): string {
    return stringifySetCookie({
      name: this.name,
      value,
      httpOnly: true,
      secure: this.secure,
      sameSite: 'lax',
      path: '/',
      maxAge,
    });
  }
}
