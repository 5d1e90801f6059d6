import { describe, expect, it } from '@jest/globals';
import { SessionCookie } from './session-cookie.js';

describe('SessionCookie', () => {
  it('is for this very host over TLS alone, where there is TLS', () => {
    const cookie = new SessionCookie('https://app.example.com');
    expect(cookie.set('token', 60)).toBe(
      '__Host-pacspace_session=token; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax',
    );
    expect(cookie.clear()).toMatch(/^__Host-pacspace_session=; Max-Age=0;/);
  });

  it('is read by its own name only', () => {
    const cookie = new SessionCookie('http://127.0.0.1:3000');
    expect(cookie.read('other=1; pacspace_session=token; last=2')).toBe('token');
    for (const header of [undefined, '', 'x_pacspace_session=token', '__Host-pacspace_session=token', ';;='])
      expect(cookie.read(header)).toBeUndefined();
  });
});
