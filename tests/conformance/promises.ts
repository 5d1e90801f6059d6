import { expect } from '@jest/globals';
import type { Played } from './shell.js';

/** What the guide promises of each command, by its method and path. */
export const PROMISES: Readonly<Record<string, (played: Played) => void>> = {
  'POST /dashboard/auth/request-access': ({ body, status }) => {
    // Received, and no word on whether the address is known.
    expect({ status, body }).toMatchObject({ status: 201, body: { success: true } });
    expect(JSON.stringify(body)).not.toContain('@');
  },
  'POST /dashboard/auth/login': ({ body, cookies, request, status }) => {
    expect({ status, body }).toMatchObject({ status: 201, body: { success: true } });
    expect(request.cookiesTo).toBeDefined();
    expect(cookies.size).toBeGreaterThan(0);
    for (const attributes of cookies.values()) expect(attributes).toMatch(/HttpOnly/i);
    expect(JSON.stringify(body)).not.toContain('your-secure-password');
  },
  'POST /dashboard/api-keys': ({ body, status }) => {
    const { data } = body;
    expect(status).toBe(201);
    expect(data).toMatchObject({ name: 'quickstart-key', environment: 'test', active: true });
    expect(data.fullKey).toMatch(/^pk_test_[A-Za-z0-9]+\.[\x21-\x7e]{22,}$/);
    expect(data.fullKey).toBe(`${data.publicKey}.${data.secretKey}`);
  },
  'GET /dashboard/environments': ({ body, status }) => {
    expect(status).toBe(200);
    expect(body.data.items).toEqual(
      expect.arrayContaining([expect.objectContaining({ name: 'sandbox', state: 'active' })]),
    );
  },
  'POST /api/v1/balance/delta': ({ body, status }) => {
    expect({ status, body }).toMatchObject({
      status: 201,
      body: { success: true, data: { customerId: 'customer_001', delta: 100, status: 'QUEUED' } },
    });
    expect(body.data.receiptId).toMatch(/^rcp_/);
  },
  'GET /api/v1/balance/derive/customer_001': ({ body, status }) => {
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { success: true, data: { computedBalance: 100, deltasCount: 1 } },
    });
  },
  'POST /api/v1/balance/compare': ({ body, status }) => {
    expect({ status, body }).toMatchObject({
      status: 201,
      body: { data: { matches: true, matchesYours: true, matchesTheirs: true, discrepancy: 0 } },
    });
  },
  'POST /api/v1/balance/checkpoint': ({ body, status }) => {
    expect({ status, body }).toMatchObject({
      status: 201,
      body: { data: { customerId: 'customer_001', deltasCount: 1, closingBalance: 100 } },
    });
    expect(body.data.proofRoot).toMatch(/^[0-9a-f]{64}$/);
  },
};

/** What the program prints, line by line. */
export const PRINTED = [/^100$/, /^true$/, /^[0-9a-f]{64}$/];
