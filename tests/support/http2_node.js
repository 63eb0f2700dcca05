#!/usr/bin/env node
// An HTTP/2 server of node, for tests:  http2_node.js SOCKET PATH LOG
//
// Listens on the Unix socket with the certificate PATH.pem and PATH.key. /headers/SIZE answers with
// so many bytes of headers, /body with 20 MB, /trailers with trailers, everything else
// with "ok" once the request was read. A line for each request goes to LOG. SIGHUP replaces the
// worker that serves: the old one ends its connections with a GOAWAY, after what is under way.
'use strict';

const cluster = require('node:cluster');
const fs = require('node:fs');
const http2 = require('node:http2');

const [socket, path, log] = process.argv.slice(2);

function lead() {
  let worker = cluster.fork();
  process.on('SIGHUP', () => {
    const old = worker;
    worker = cluster.fork();
    worker.once('listening', () => old.send('leave'));
  });
  process.on('SIGTERM', () => process.exit());
}

function answer(stream, headers) {
  const [, kind, size] = headers[':path'].split('/');
  fs.appendFileSync(log, headers[':method'] + '\n');
  if (kind === 'headers') {
    const lines = {':status': 200};
    for (let i = 0; i < Number(size) / 1000; i++) lines['x-large-' + i] = 'X'.repeat(1000);
    stream.respond(lines);
    stream.end('ok');
  } else if (kind === 'body') {
    stream.respond({':status': 200});
    stream.end(Buffer.alloc(20000000, 'x'));
  } else if (kind === 'trailers') {
    stream.respond({':status': 200}, {waitForTrailers: true});
    stream.on('wantTrailers', () => stream.sendTrailers({'x-trailer': '1'}));
    stream.end('ok');
  } else {
    stream.respond({':status': 200});
    stream.end('ok');
  }
}

function serve() {
  const sessions = new Set();
  const server = http2.createSecureServer({
    key: fs.readFileSync(path + '.key'),
    cert: fs.readFileSync(path + '.pem'),
    maxSendHeaderBlockLength: 1 << 20,
  });
  server.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
    session.on('error', () => {});
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    stream.on('end', () => answer(stream, headers));
    stream.resume();
  });
  server.listen(socket);
  process.on('message', () => {
    server.close(() => process.exit());
    for (const session of sessions) session.close();
  });
}

if (cluster.isPrimary) lead();
else serve();
