import fastify from 'fastify';

/** The ceiling of every request over HTTP here: Fastify alone, which parses the body and answers it. */
const app = fastify();
app.post('/echo', (request) => ({ success: true, data: request.body }));
console.log(await app.listen({ port: 0, host: '127.0.0.1' }));
