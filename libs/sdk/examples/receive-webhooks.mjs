// A receiver of webhooks without any framework: node receive-webhooks.mjs, with PACSPACE_WEBHOOK_SECRET and PORT set.
import { createServer } from 'node:http';
import { Webhooks, WebhookVerificationError } from '@pacspace-io/sdk';

// Delivered at least once: what was handled is remembered by its id. (In earnest: in your data base, with the work.)
const handled = new Set();

const server = createServer(async (request, response) => {
  // The raw body is what is signed: nothing may parse it before.
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    const event = Webhooks.verify(Buffer.concat(chunks), request.headers);
    if (!handled.has(event.id)) {
      handled.add(event.id);
      if (event.type === 'delta.verified') {
        const { customerId, deltaExact, balanceAfterExact } = event.data;
        console.log(`${customerId}: ${deltaExact} → ${balanceAfterExact}`);
      } else {
        console.log(event.type);
      }
    }
    // Answer soon, work later: after 15 s without an answer it is sent again.
    response.writeHead(204).end();
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    console.log(`refused: ${error.message}`);
    response.writeHead(400).end();
  }
});

server.listen(Number(process.env.PORT ?? 4000), '127.0.0.1', () => console.log('listening'));
